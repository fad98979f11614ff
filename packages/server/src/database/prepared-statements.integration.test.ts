import { afterAll, beforeAll, expect, it } from '@jest/globals'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { countPrepared } from '@lexwright/testing/postgres/prepared-statements'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { openPostgres } from './postgres.ts'

let postgres: PostgresDatabase
let database: Database
let harness: AccountHarness
beforeAll(async () => {
  postgres = await createPostgresDatabase()
  database = await openPostgres({
    url: postgres.url,
    // Every statement runs in the same session.
    poolSize: 1,
    preparedStatements: 'true',
    connectTimeoutMs: 60_000,
    queryTimeoutMs: 60_000,
    logger: { warn: () => {} },
  })
  harness = await openAccountHarness(database.db, { rateLimits: {} })
}, 240_000)
afterAll(async () => {
  await harness.close()
  await database.close()
  await postgres.drop()
})

it.each([
  ['auto', 1],
  ['true', 1],
  ['false', 0],
] as const)('prepares if configured or automatically: %s', async (preparedStatements, count) => {
  expect(await countPrepared(postgres.url, { preparedStatements })).toBe(count)
})

/** After five executions PostgreSQL plans a prepared statement once for all values. Limits allow 15 reset mails. */
const LIVES = 6

it('runs every operation with prepared statements, repeatedly', async () => {
  for (let n = 0; n < LIVES; n++) await live(n)
}, 240_000)

it('continues with prepared statements after the next release has added columns', async () => {
  const { rows } = await sql<{ name: string }>`select table_name as name
    from information_schema.tables where table_schema = 'lexwright_account'`.execute(database.db)
  for (const { name } of rows) {
    await sql`alter table ${sql.table(`lexwright_account.${name}`)} add column next_column text`.execute(
      database.db,
    )
  }
  await live(LIVES)
})

/** Runs every operation on an account. */
async function live(n: number): Promise<void> {
  const { accounts, client } = harness
  const { account, session } = client.com.atproto
  const password = 'correct horse battery'
  const { operator } = accounts
  const [handle, email] = [`life${n}.test`, `life${n}@example.com`]
  await account.create({ handle, email, password })
  const { data: login } = await session.create({ handle: email, password })
  const headers = { authorization: `Bearer ${login.accessJwt}` }
  const refresh = { headers: { authorization: `Bearer ${login.refreshJwt}` } }
  expect((await account.get(undefined, { headers })).data.handle).toBe(handle)
  await session.refresh(undefined, refresh)
  await account.requestPasswordReset({ email })
  await account.requestPasswordReset({ email: `nobody${n}@example.com` })
  await accounts.runDueJobs()
  expect(harness.mailbox.messages.at(-1)?.to).toBe(email)
  const invite = await operator.createInviteCode({ useCount: 1, createdBy: 'test' })
  await operator.listInviteCodes()
  await operator.disableInviteCode(invite)
  await operator.showAccount(handle)
  await operator.listAccounts({ status: 'active', search: 'life' })
  await operator.disableAccount(handle)
  await operator.enableAccount(handle)
  const { data: again } = await session.create({ handle: email, password })
  await account.delete(undefined, { headers: { authorization: `Bearer ${again.accessJwt}` } })
  await operator.restoreAccount(handle)
  await operator.setPassword(handle, 'a whole new password')
  await operator.deleteAccount(handle)
  await operator.purgeAccount(handle)
  await operator.countBacklog()
  await accounts.runDueJobs()
}
