/**
 * Compares the account module with its model over many random sequences, on PostgreSQL.
 *
 *     node --conditions=@lexwright/source scripts/checks/account-model.ts [sequences] [seed]
 */

import { runAccountModel } from '@lexwright/testing/accounts/account-model/run-account-model'
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'

const runs = Number(process.argv[2] ?? 500)
const seed = process.argv[3] === undefined ? undefined : Number(process.argv[3])

const postgres = await startPostgres()
const pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
// A connection may still be closing when the server stops.
pool.on('error', () => {})
const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
const began = performance.now()
try {
  await runAccountModel(db, { runs, steps: 60, ...(seed !== undefined && { seed }) })
  console.log(`${runs} sequences in ${Math.round((performance.now() - began) / 1000)} s: all hold`)
  // Prints which events occurred, to show what was covered.
  const { rows } = await sql<{ event: string; count: number }>`
    select event, count(*)::int as count from lexwright_account.audit_log
    group by event order by event`.execute(db)
  for (const { event, count } of rows) console.log(`${String(count).padStart(8)} ${event}`)
} finally {
  await db.destroy()
  await postgres.stop()
}
