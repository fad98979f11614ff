import type { AccountPolicy } from '@lexwright/account'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createAccountDatabase } from './account-databases.ts'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
  type TestClock,
  testModuleOptions,
} from './account-harness.ts'

/** Several modules with separate pools on one PostgreSQL, like several server processes. */
export interface AccountProcesses {
  /** The nth process, modulo their number. */
  at(index: number): AccountHarness
  /** The clock shared by all processes. */
  readonly clock: TestClock
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

/** @param isolation the default isolation level of transactions. */
export async function openAccountProcesses(
  isolation: string,
  policy: Partial<AccountPolicy> = {},
  count = 3,
): Promise<AccountProcesses> {
  const postgres = await createAccountDatabase()
  const name = new URL(postgres.url).pathname.slice(1)
  const admin = new pg.Client({ connectionString: postgres.url })
  await admin.connect()
  await admin.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`)
  await admin.end()
  const clock = createTestClock()
  const pools = Array.from({ length: count }, () => {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 5 })
    // The database may be dropped just before the last connection closes.
    pool.on('error', () => {})
    return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  })
  const processes: AccountHarness[] = []
  const options = await testModuleOptions(policy)
  for (const db of pools) {
    processes.push(await openAccountHarness(db, { clock, policy: options.policy }))
  }
  const pick = <Item>(items: readonly Item[], index: number): Item => {
    const item = items[index % items.length]
    if (item === undefined) throw new Error('there is no process')
    return item
  }
  return {
    at: (index) => pick(processes, index),
    clock,
    db: pick(pools, 0),
    close: async () => {
      await Promise.all(processes.map((each) => each.close()))
      await Promise.all(pools.map((each) => each.destroy()))
      await postgres.drop()
    },
  }
}
