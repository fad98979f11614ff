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
import { AccountNotFound, EmailNotAvailable, HandleNotAvailable } from '../errors.ts'

const DAY = 24 * 60 * 60

describe('purging accounts', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  const purged: string[] = []
  /** DIDs whose purge a hook of the host refuses. */
  const blocked = new Set<string>()

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openAccountHarness(db, {
      policy: (await testModuleOptions({ inviteRequired: true, handleHold: 30 * DAY })).policy,
      hooks: {
        onAccountPurged: async ({ did }) => {
          if (blocked.has(did)) throw new Error('not yet')
          purged.push(did)
        },
      },
    })
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = async (name: string, email = `${name}@example.com`) => {
    const { service } = harness.accounts
    const inviteCode = await service.createInviteCode({ useCount: 1, createdBy: 'admin' })
    return await service.create(
      {
        handle: `${name}.test`,
        email,
        password: 'correct horse battery',
        recoveryKey: 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
        inviteCode,
      },
      'unlimited',
    )
  }
  const deleteAccount = (did: string) =>
    harness.accounts.service.delete({ did, authTime: harness.clock.now() }, 'unlimited')

  /** Every row of every table, as text. */
  async function everything(): Promise<string> {
    const { rows: tables } = await sql<{ table_name: string }>`
      select table_name from information_schema.tables where table_schema = 'lexwright_account'
      order by table_name`.execute(db)
    const texts: string[] = []
    for (const { table_name } of tables) {
      const { rows } = await sql`
        select t::text as row from ${sql.table(`lexwright_account.${table_name}`)} t`.execute(db)
      texts.push(JSON.stringify(rows))
    }
    return texts.join('\n')
  }

  it('leaves no personal data and keeps the DID forever', async () => {
    const { did } = await create('alice', 'Alice.Liddell@example.com')
    const { service } = harness.accounts
    await service.requestPasswordReset('alice.liddell@example.com', 'unlimited')
    await harness.accounts.runDueJobs()
    await deleteAccount(did)
    harness.clock.advance(7 * DAY - 1)
    await harness.accounts.runDueJobs()
    expect((await everything()).toLowerCase()).toContain('alice.liddell')
    harness.clock.advance(1)
    await harness.accounts.runDueJobs()
    await harness.accounts.runDueJobs()

    expect(purged).toEqual([did])
    const left = (await everything()).toLowerCase()
    for (const datum of ['liddell', 'zq3shokfts3brh', '$2', 'at://alice']) {
      expect(left).not.toContain(datum)
    }
    const { rows } = await sql`
      select handle, email, email_canonical, password_hash, recovery_key, invite_code, status,
        (select count(*)::int from lexwright_account.signing_key k where k.did = a.did) as keys,
        (select count(*)::int from lexwright_account.did_operation o where o.did = a.did) as operations,
        (select count(*)::int from lexwright_account.session s where s.did = a.did) as sessions
      from lexwright_account.account a where did = ${did}`.execute(db)
    expect(rows).toEqual([
      {
        handle: 'alice.test',
        email: null,
        email_canonical: null,
        password_hash: null,
        recovery_key: null,
        invite_code: null,
        status: 'deleted',
        keys: 0,
        operations: 0,
        sessions: 0,
      },
    ])
    await expect(service.get(did)).rejects.toThrow(AccountNotFound)
  })

  it('releases the email at once and the handle after its hold', async () => {
    const { did } = await create('bobby')
    await deleteAccount(did)
    harness.clock.advance(7 * DAY)
    await expect(create('other', 'bobby@example.com')).rejects.toThrow(EmailNotAvailable)
    await harness.accounts.runDueJobs()
    await create('other', 'bobby@example.com')
    harness.clock.advance(30 * DAY - 1)
    await harness.accounts.runDueJobs()
    await expect(create('bobby', 'bobby2@example.com')).rejects.toThrow(HandleNotAvailable)
    harness.clock.advance(1)
    await harness.accounts.runDueJobs()
    const { did: successor } = await create('bobby', 'bobby2@example.com')
    expect(successor).not.toBe(did)
  })

  it('continues past accounts whose hook throws', async () => {
    const { did: first } = await create('first')
    const { did: second } = await create('second')
    blocked.add([first, second].toSorted()[0] ?? '')
    await deleteAccount(first)
    await deleteAccount(second)
    harness.clock.advance(7 * DAY)
    await harness.accounts.runDueJobs()
    expect(purged).not.toContain([...blocked][0])
    expect([first, second].filter((did) => purged.includes(did))).toHaveLength(1)
    expect(await harness.accounts.service.get([...blocked][0] ?? '')).toMatchObject({
      status: 'deleted',
    })
    blocked.clear()
    await harness.accounts.runDueJobs()
    expect(purged).toEqual(expect.arrayContaining([first, second]))
  })

  it('happens once with concurrent processes', async () => {
    const { did } = await create('raced')
    await deleteAccount(did)
    harness.clock.advance(7 * DAY)
    await Promise.all(Array.from({ length: 4 }, () => harness.accounts.runDueJobs()))
    expect(purged.filter((each) => each === did)).toHaveLength(1)
    const { rows } = await sql`select from lexwright_account.audit_log
      where event = 'account.purged' and did = ${did}`.execute(db)
    expect(rows).toHaveLength(1)
  })

  describe('without a grace period', () => {
    let prompt: AccountHarness
    let deliver: () => Promise<void>
    beforeAll(async () => {
      const { policy } = await testModuleOptions({ deletionGrace: 0 })
      prompt = await openAccountHarness(db, {
        policy,
        clock: harness.clock,
        mailer: { send: () => deliver() },
      })
    })
    afterAll(() => prompt.close())

    const register = (name: string) =>
      prompt.accounts.service.create(
        {
          handle: `${name}.test`,
          email: `${name}@example.com`,
          password: 'correct horse battery',
        },
        'unlimited',
      )
    const isPurged = async (did: string) =>
      (await prompt.accounts.operator.showAccount(did)).purgedAt !== null

    it('comes at once, after the notice', async () => {
      deliver = async () => {}
      const { did } = await register('prompt')
      await prompt.accounts.service.delete({ did, authTime: harness.clock.now() }, 'unlimited')
      await prompt.accounts.runDueJobs()
      expect(await isPurged(did)).toBe(true)
    })

    it('waits at most an hour for a notice that cannot be sent', async () => {
      deliver = () => Promise.reject(new Error('no mail today'))
      const { did } = await register('unheard')
      await prompt.accounts.service.delete({ did, authTime: harness.clock.now() }, 'unlimited')
      await prompt.accounts.runDueJobs()
      expect(await isPurged(did)).toBe(false)
      harness.clock.advance(60 * 60 + 1)
      await prompt.accounts.runDueJobs()
      expect(await isPurged(did)).toBe(true)
      expect(await everything()).not.toContain('unheard@example.com')
    })
  })
})
