import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import { AccountDisabled, ExpiredToken, InvalidToken } from '../errors.ts'

describe('authenticate', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openAccountHarness(db)
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = (name: string) =>
    harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
      },
      'unlimited',
    )
  const authenticate = (jwt: string, allowDisabled = false) =>
    harness.accounts.service.authenticate(jwt, { allowDisabled })

  it('refuses anything but access tokens of this service', async () => {
    const { accessJwt, refreshJwt } = await create('alice')
    const [header, payload, signature] = accessJwt.split('.')
    const wrong = [
      'nonsense',
      '..',
      '\0',
      'a'.repeat(20_000),
      refreshJwt,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature?.slice(1)}`,
      `${header}.${refreshJwt.split('.')[1]}.${signature}`,
    ]
    for (const jwt of wrong) await expect(authenticate(jwt)).rejects.toThrow(InvalidToken)
  })

  it('refuses the tokens of a service with other keys or another DID', async () => {
    const { accessJwt } = await create('foreigner')
    const { secrets, policy } = await testModuleOptions({ serviceDid: 'did:web:other.test' })
    const other = await openAccountHarness(db, { policy })
    const rekeyed = await openAccountHarness(db, {
      secrets: {
        ...secrets,
        jwtKeys: [{ kid: 'test', secret: 'another secret, also long enough' }],
      },
    })
    for (const { accounts } of [other, rekeyed]) {
      await expect(
        accounts.service.authenticate(accessJwt, { allowDisabled: false }),
      ).rejects.toThrow(InvalidToken)
    }
    await Promise.all([other.close(), rekeyed.close()])
  })

  it('accepts a token signed with a former key', async () => {
    const { accessJwt, did } = await create('rotated')
    const { secrets } = await testModuleOptions()
    const newer = { kid: 'newer', secret: 'another secret, also long enough' }
    const rotated = await openAccountHarness(db, {
      secrets: { ...secrets, jwtKeys: [newer, ...secrets.jwtKeys] },
    })
    expect(
      await rotated.accounts.service.authenticate(accessJwt, { allowDisabled: false }),
    ).toMatchObject({ did })
    await rotated.close()
  })

  it('fails once the token, its session or its account has ended', async () => {
    const expired = await create('expired')
    harness.clock.advance(2 * 60 * 60 + 31)
    await expect(authenticate(expired.accessJwt)).rejects.toThrow('Token has expired')

    const revoked = await create('revoked')
    await sql`update lexwright_account.session set revoked_at = now(), revoked_reason = 'operator'
      where did = ${revoked.did}`.execute(db)
    await expect(authenticate(revoked.accessJwt)).rejects.toThrow('Token has been revoked')

    const outdated = await create('outdated')
    // Cached as verified, but still refused.
    await authenticate(outdated.accessJwt)
    await sql`update lexwright_account.account set session_epoch = 1 where did = ${outdated.did}`.execute(
      db,
    )
    await expect(authenticate(outdated.accessJwt)).rejects.toThrow(ExpiredToken)

    const removed = await create('removed')
    await sql`delete from lexwright_account.account where did = ${removed.did}`.execute(db)
    await expect(authenticate(removed.accessJwt)).rejects.toThrow(ExpiredToken)
  })

  it('gives the owner of a disabled account read access only', async () => {
    const { did, accessJwt } = await create('disabled')
    await sql`update lexwright_account.account set status = 'disabled' where did = ${did}`.execute(
      db,
    )
    await expect(authenticate(accessJwt)).rejects.toThrow(AccountDisabled)
    expect(await authenticate(accessJwt, true)).toMatchObject({ did, status: 'disabled' })
  })
})
