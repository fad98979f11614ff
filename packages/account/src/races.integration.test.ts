import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccountDatabase } from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import type { PostgresDatabase } from '@lexwright/testing/postgres/databases'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { AccountError, HandleNotAvailable, InvalidInviteCode, InvalidResetToken } from './errors.ts'
import type { CreateAccountRequest } from './registration/create-account.ts'

const password = 'correct horse battery'

/** Three processes with separate pools on one PostgreSQL. */
describe.each(['read committed', 'serializable'])('races at %s', (isolation) => {
  let postgres: PostgresDatabase
  const pools: Kysely<unknown>[] = []
  const processes: AccountHarness[] = []
  let db: Kysely<unknown>

  beforeAll(async () => {
    postgres = await createAccountDatabase()
    const name = new URL(postgres.url).pathname.slice(1)
    const admin = new pg.Client({ connectionString: postgres.url })
    await admin.connect()
    await admin.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`)
    await admin.end()
    const { policy } = await testModuleOptions({ inviteRequired: true })
    for (let index = 0; index < 3; index++) {
      const pool = new pg.Pool({ connectionString: postgres.url, max: 5 })
      const process = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      pools.push(process)
      processes.push(await openAccountHarness(process, { policy }))
    }
    const [first] = pools
    if (first === undefined) throw new Error('no process')
    db = first
  })
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.close()))
    await Promise.all(pools.map((each) => each.destroy()))
    await postgres.drop()
  })

  const service = (index: number) => {
    const process = processes[index % processes.length]
    if (process === undefined) throw new Error('no process')
    return process.accounts.service
  }
  const invite = (useCount: number) => service(0).createInviteCode({ useCount, createdBy: 'admin' })

  /** Sends all requests at once, distributed over the processes. */
  async function createAll(requests: readonly CreateAccountRequest[]) {
    const results = await Promise.allSettled(
      requests.map((request, index) => service(index).create(request, 'unlimited')),
    )
    return {
      created: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      errors: results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
    }
  }

  const usesLeft = async (code: string): Promise<number | undefined> => {
    const { rows } = await sql<{ uses_left: number }>`
      select uses_left from lexwright_account.invite_code where code = ${code}`.execute(db)
    return rows[0]?.uses_left
  }
  const requests = (count: number, request: (index: number) => CreateAccountRequest) =>
    Array.from({ length: count }, (_, index) => request(index))

  it('an invite with one use admits one of ten', async () => {
    const inviteCode = await invite(1)
    const { created, errors } = await createAll(
      requests(10, (n) => ({
        handle: `one${n}.test`,
        email: `one${n}@example.com`,
        password,
        inviteCode,
      })),
    )
    expect(created).toHaveLength(1)
    expect(errors.map((error) => error.constructor)).toEqual(Array(9).fill(InvalidInviteCode))
    expect(await usesLeft(inviteCode)).toBe(0)
  })

  it('an invite with seven uses admits seven of ten', async () => {
    const inviteCode = await invite(7)
    const { created } = await createAll(
      requests(10, (n) => ({
        handle: `seven${n}.test`,
        email: `seven${n}@example.com`,
        password,
        inviteCode,
      })),
    )
    expect(created).toHaveLength(7)
    expect(await usesLeft(inviteCode)).toBe(0)
  })

  it('one handle requested by ten, with two invites: one account, one use', async () => {
    const codes = [await invite(1), await invite(1)]
    const { created, errors } = await createAll(
      requests(10, (n) => ({
        handle: 'wanted.test',
        email: `wanted${n}@example.com`,
        password,
        inviteCode: codes[n % 2],
      })),
    )
    expect(created).toHaveLength(1)
    expect(errors).toHaveLength(9)
    for (const error of errors) expect(error).toBeInstanceOf(AccountError)
    const left = await Promise.all(codes.map(usesLeft))
    expect(left.toSorted()).toEqual([0, 1])
    // The invite is checked first: requests with the used-up code fail on that, the others on the
    // handle.
    const usedUp = left.indexOf(0)
    const expected = (n: number) => (n % 2 === usedUp ? InvalidInviteCode : HandleNotAvailable)
    const late = await createAll(
      requests(2, (n) => ({
        handle: 'wanted.test',
        email: `late${n}@example.com`,
        password,
        inviteCode: codes[n],
      })),
    )
    expect(late.errors.map((error) => error.constructor)).toEqual([expected(0), expected(1)])
  })

  it('one email requested by ten: one account', async () => {
    const inviteCode = await invite(10)
    const { created } = await createAll(
      requests(10, (n) => ({
        handle: `email${n}.test`,
        email: 'Wanted@example.com',
        password,
        inviteCode,
      })),
    )
    expect(created).toHaveLength(1)
    expect(await usesLeft(inviteCode)).toBe(9)
  })

  it('the same request sent ten times: one account, one DID, one use', async () => {
    const inviteCode = await invite(10)
    const { created, errors } = await createAll(
      requests(10, () => ({
        handle: 'eager.test',
        email: 'eager@example.com',
        password,
        inviteCode,
      })),
    )
    expect(new Set(created.map((account) => account.did)).size).toBe(1)
    for (const error of errors) expect(error).toBeInstanceOf(AccountError)
    expect(await usesLeft(inviteCode)).toBe(9)
    const { rows } = await sql`select from lexwright_account.audit_log
      where event = 'account.created' and did = ${created[0]?.did ?? ''}`.execute(db)
    expect(rows).toHaveLength(1)
  })

  it('one reset code submitted ten times changes one password', async () => {
    const inviteCode = await invite(1)
    const { did } = await service(0).create(
      {
        handle: 'forgetful.test',
        email: 'forgetful@example.com',
        password,
        inviteCode,
      },
      'unlimited',
    )
    await service(0).requestPasswordReset('forgetful@example.com', 'unlimited')
    await Promise.all(processes.map(({ accounts }) => accounts.runDueJobs()))
    const mails = processes.flatMap(({ mailbox }) => mailbox.messages)
    expect(mails).toHaveLength(1)
    const token = /[a-z2-7]{5}-[a-z2-7]{5}/.exec(mails[0]?.text ?? '')?.[0] ?? ''

    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        service(n).resetPassword({ token, password: `new password number ${n}` }, 'unlimited'),
      ),
    )
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    )
    expect(errors.map((error) => error.constructor)).toEqual(Array(9).fill(InvalidResetToken))
    const { rows } = await sql`
      select session_epoch from lexwright_account.account where did = ${did}`.execute(db)
    expect(rows).toEqual([{ session_epoch: 1 }])
  })

  it('concurrent deletions and resets leave the account deleted, without live sessions or codes', async () => {
    const inviteCode = await invite(1)
    const { did, accessJwt } = await service(0).create(
      {
        handle: 'both.test',
        email: 'both@example.com',
        password,
        inviteCode,
      },
      'unlimited',
    )
    const { authTime } = await service(0).authenticate(accessJwt, { allowDisabled: false })
    await service(0).requestPasswordReset('both@example.com', 'unlimited')
    await Promise.allSettled([
      ...processes.map(({ accounts }) => accounts.runDueJobs()),
      ...processes.map(({ accounts }) => accounts.service.delete({ did, authTime }, 'unlimited')),
      ...processes.map(({ accounts }) =>
        accounts.service.requestPasswordReset('both@example.com', 'unlimited'),
      ),
    ])
    const { rows } = await sql`
      select status,
        (select count(*)::int from lexwright_account.reset_token t where t.did = a.did) as tokens,
        (select count(*)::int from lexwright_account.session s
          where s.did = a.did and s.revoked_at is null) as sessions
      from lexwright_account.account a where did = ${did}`.execute(db)
    expect(rows).toEqual([{ status: 'deleted', tokens: 0, sessions: 0 }])
  })
})
