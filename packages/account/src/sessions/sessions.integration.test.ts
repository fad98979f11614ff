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
import bcrypt from 'bcryptjs'
import { type Kysely, sql } from 'kysely'
import { AccountDisabled, ExpiredToken, InvalidToken, WrongCredentials } from '../errors.ts'

const password = 'correct horse battery'

describe('sessions', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    const { policy } = await testModuleOptions({ refreshGrace: 30 })
    harness = await openAccountHarness(db, { policy })
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const service = () => harness.accounts.service
  const create = (name: string) =>
    service().create(
      { handle: `${name}.test`, email: `${name}@example.com`, password },
      'unlimited',
    )
  const isLive = (jwt: string): Promise<boolean> =>
    service()
      .authenticate(jwt, { allowDisabled: true })
      .then(
        () => true,
        () => false,
      )
  const setStatus = (did: string, status: string) =>
    sql`update lexwright_account.account set status = ${status} where did = ${did}`.execute(db)
  const auditOf = async (did: string): Promise<unknown[]> => {
    const { rows } = await sql<{ event: string }>`
      select event from lexwright_account.audit_log where did = ${did} order by id`.execute(db)
    return rows.map((row) => row.event)
  }

  describe('logging in', () => {
    it.each(['alice.test', 'ALICE.Test', 'alice@example.com', 'Alice@EXAMPLE.com'])(
      'takes %s',
      async (name) => {
        const { did } = await create('alice').catch(() => ({ did: undefined }))
        const session = await service().logIn({ name, password }, 'unlimited')
        expect(session).toMatchObject({ handle: 'alice.test', did: did ?? expect.any(String) })
        expect(await isLive(session.accessJwt)).toBe(true)
      },
    )

    it('counts as entering the password, where a recent login is required', async () => {
      const { did } = await create('fresh')
      harness.clock.advance(3600)
      const { accessJwt } = await service().logIn({ name: 'fresh.test', password }, 'unlimited')
      const { authTime } = await service().authenticate(accessJwt, { allowDisabled: false })
      await service().delete({ did, authTime }, 'unlimited')
    })

    it('gives the same answer for unknown names, wrong passwords and deleted accounts', async () => {
      const gone = await create('gone')
      const unfinished = await create('unfinished')
      await create('wrong')
      await service().delete({ did: gone.did, authTime: harness.clock.now() }, 'unlimited')
      await setStatus(unfinished.did, 'pending')
      const attempts = [
        ['nobody.test', password],
        ['nobody@example.com', password],
        ['wrong.test', 'another password'],
        ['wrong.test', ''],
        ['gone.test', password],
        ['unfinished.test', password],
        ['', password],
        ['@', password],
        ['nul\0@example.com', password],
        ['x'.repeat(50_000), password],
        ['wrong.test', '\ud800'],
        ['\u212Arong.test', password],
      ] as const
      for (const [name, given] of attempts) {
        const refused = await service()
          .logIn({ name, password: given }, 'unlimited')
          .catch((error: unknown) => error)
        expect(refused).toBeInstanceOf(WrongCredentials)
        expect((refused as Error).message).toBe('Wrong name or password')
      }
    })

    it('reveals that an account is disabled only after the right password', async () => {
      const { did } = await create('barred')
      await setStatus(did, 'disabled')
      const logIn = (given: string) =>
        service().logIn({ name: 'barred.test', password: given }, 'unlimited')
      await expect(logIn('another password')).rejects.toThrow(WrongCredentials)
      await expect(logIn(password)).rejects.toThrow(AccountDisabled)
    })

    it('upgrades an imported hash once', async () => {
      const { did } = await create('imported')
      const imported = await bcrypt.hash(password, 5)
      await sql`update lexwright_account.account set password_hash = ${imported} where did = ${did}`.execute(
        db,
      )
      const stored = async () => {
        const { rows } = await sql<{ password_hash: string }>`
          select password_hash from lexwright_account.account where did = ${did}`.execute(db)
        return rows[0]?.password_hash
      }
      const logIn = (given: string) =>
        service().logIn({ name: 'imported.test', password: given }, 'unlimited')
      await expect(logIn('another password')).rejects.toThrow(WrongCredentials)
      expect(await stored()).toBe(imported)
      const first = await logIn(password)
      const upgraded = await stored()
      expect(upgraded).toMatch(/^v1\./)
      await logIn(password)
      expect(await stored()).toBe(upgraded)
      // Upgrading the hash of the same password ends nothing.
      expect(await isLive(first.accessJwt)).toBe(true)
    })

    it('does not compute a stored hash that would take days', async () => {
      const { did } = await create('absurd')
      for (const hash of [`$2b$31$${'a'.repeat(53)}`, '$2b$99$x', '', 'v1.00000000.$2b$04$x']) {
        await sql`update lexwright_account.account set password_hash = ${hash} where did = ${did}`.execute(
          db,
        )
        await expect(
          service().logIn({ name: 'absurd.test', password }, 'unlimited'),
        ).rejects.toThrow(WrongCredentials)
      }
    })
  })

  describe('refreshing', () => {
    it('returns a new pair, keeps the time of the login, and extends the expiry', async () => {
      const first = await create('fred')
      harness.clock.advance(60 * 60)
      const second = await service().refreshSession(first.refreshJwt, 'unlimited')
      expect(second).toMatchObject({ did: first.did, handle: 'fred.test' })
      expect(second.refreshJwt).not.toBe(first.refreshJwt)
      const grant = (jwt: string) => service().authenticate(jwt, { allowDisabled: false })
      expect((await grant(second.accessJwt)).authTime).toEqual(
        (await grant(first.accessJwt)).authTime,
      )
      harness.clock.advance(89 * 24 * 60 * 60)
      expect(await service().refreshSession(second.refreshJwt, 'unlimited')).toMatchObject({
        did: first.did,
      })
    })

    it('returns the same successor within the grace period, and ends the family after it', async () => {
      const first = await create('grace')
      const second = await service().refreshSession(first.refreshJwt, 'unlimited')
      harness.clock.advance(30)
      expect(await service().refreshSession(first.refreshJwt, 'unlimited')).toEqual(second)
      expect(await isLive(second.accessJwt)).toBe(true)
      harness.clock.advance(1)
      await expect(service().refreshSession(first.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
      expect(await isLive(second.accessJwt)).toBe(false)
      await expect(service().refreshSession(second.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
      expect(await auditOf(first.did)).toContain('session.reuse-detected')
    })

    it('ends the family when a token before the previous one is used', async () => {
      const first = await create('ancient')
      const second = await service().refreshSession(first.refreshJwt, 'unlimited')
      const third = await service().refreshSession(second.refreshJwt, 'unlimited')
      harness.clock.advance(31)
      await expect(service().refreshSession(first.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
      await expect(service().refreshSession(third.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
    })

    it('leaves other logins alone when one family ends', async () => {
      const first = await create('several')
      const other = await service().logIn({ name: 'several.test', password }, 'unlimited')
      const second = await service().refreshSession(first.refreshJwt, 'unlimited')
      expect(await isLive(second.accessJwt)).toBe(true)
      harness.clock.advance(31)
      await expect(service().refreshSession(first.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
      expect(await isLive(other.accessJwt)).toBe(true)
      expect(await service().refreshSession(other.refreshJwt, 'unlimited')).toMatchObject({
        did: first.did,
      })
    })

    it('returns the same pair to twenty concurrent requests, with one live successor', async () => {
      const first = await create('parallel')
      const pairs = await Promise.all(
        Array.from({ length: 20 }, () => service().refreshSession(first.refreshJwt, 'unlimited')),
      )
      expect(new Set(pairs.map(({ refreshJwt }) => refreshJwt)).size).toBe(1)
      expect(new Set(pairs.map(({ accessJwt }) => accessJwt)).size).toBe(1)
    })

    it('refuses anything but live refresh tokens', async () => {
      const { accessJwt, refreshJwt, did } = await create('picky')
      for (const jwt of [accessJwt, 'nonsense', `${refreshJwt}x`, '\0', '..']) {
        await expect(service().refreshSession(jwt, 'unlimited')).rejects.toThrow(InvalidToken)
      }
      await setStatus(did, 'disabled')
      await expect(service().refreshSession(refreshJwt, 'unlimited')).rejects.toThrow(
        AccountDisabled,
      )
      // The refusals have used nothing up.
      await setStatus(did, 'active')
      const { refreshJwt: next } = await service().refreshSession(refreshJwt, 'unlimited')
      harness.clock.advance(90 * 24 * 60 * 60 + 31)
      await expect(service().refreshSession(next, 'unlimited')).rejects.toThrow('Token has expired')
    })

    it('works across a key rotation', async () => {
      const { refreshJwt, did } = await create('keys')
      const { secrets } = await testModuleOptions()
      const newer = { kid: 'newer', secret: 'another secret, also long enough' }
      const rotated = await openAccountHarness(db, {
        clock: harness.clock,
        secrets: { ...secrets, jwtKeys: [newer, ...secrets.jwtKeys] },
      })
      const renewed = await rotated.accounts.service.refreshSession(refreshJwt, 'unlimited')
      expect(renewed).toMatchObject({ did })
      // Signed with the new key, which the older process does not have.
      await expect(service().refreshSession(renewed.refreshJwt, 'unlimited')).rejects.toThrow(
        InvalidToken,
      )
      await rotated.close()
    })
  })

  describe('logging out', () => {
    it('ends this login at once and is idempotent', async () => {
      const first = await create('leaver')
      const other = await service().logIn({ name: 'leaver.test', password }, 'unlimited')
      expect(await isLive(first.accessJwt)).toBe(true)
      await service().logOut(first.refreshJwt)
      await service().logOut(first.refreshJwt)
      expect(await isLive(first.accessJwt)).toBe(false)
      expect(await isLive(other.accessJwt)).toBe(true)
      await expect(service().refreshSession(first.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
      const ended = (await auditOf(first.did)).filter((event) => event === 'session.deleted')
      expect(ended).toHaveLength(1)
    })

    it('accepts an expired token and an earlier one of the family', async () => {
      const first = await create('late')
      const second = await service().refreshSession(first.refreshJwt, 'unlimited')
      await service().logOut(first.refreshJwt)
      await expect(service().refreshSession(second.refreshJwt, 'unlimited')).rejects.toThrow(
        ExpiredToken,
      )
      harness.clock.advance(200 * 24 * 60 * 60)
      await service().logOut(second.refreshJwt)
      await expect(service().logOut(first.accessJwt)).rejects.toThrow(InvalidToken)
    })
  })

  it('are deleted a day after they expired', async () => {
    const { did } = await create('forgotten')
    const count = async () => {
      const { rows } = await sql`
        select from lexwright_account.session where did = ${did}`.execute(db)
      return rows.length
    }
    harness.clock.advance(91 * 24 * 60 * 60 - 1)
    await harness.accounts.runDueJobs()
    expect(await count()).toBe(1)
    harness.clock.advance(2)
    await harness.accounts.runDueJobs()
    expect(await count()).toBe(0)
  })

  it('find the DID of a handle while its account is active', async () => {
    const { did } = await create('findme')
    expect(await service().resolveHandle('FindMe.test')).toBe(did)
    for (const handle of ['nobody.test', '', 'nul\0.test', 'findme', 'x'.repeat(3000)]) {
      await expect(service().resolveHandle(handle)).rejects.toThrow('No account has this handle')
    }
    await service().delete({ did, authTime: harness.clock.now() }, 'unlimited')
    await expect(service().resolveHandle('findme.test')).rejects.toThrow()
  })
})
