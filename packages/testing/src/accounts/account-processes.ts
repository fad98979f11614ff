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

/** Several modules with pools of their own on one PostgreSQL, as several server processes have. */
export interface AccountProcesses {
  /** The nth process; they are counted round and round. */
  at(index: number): AccountHarness
  /** The time in all of them. */
  readonly clock: TestClock
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

/** @param isolation the isolation level that transactions have by default. */
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
    // The database may be dropped a moment before the last connection has said goodbye.
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
