/**
 * Checks that response times do not reveal whether an account exists: compares the answers for known and
 * unknown names over HTTP on PostgreSQL, many thousand times each, and shows that the same comparison
 * finds planted leaks. Fails if it finds another.
 *
 *     node --conditions=@lexwright/source scripts/checks/timing.ts [samples [part of a name]]
 */

import { openAccountHarness } from '@lexwright/testing/accounts/account-harness'
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { DISTINCT, type Distinction, distinguish } from '@lexwright/testing/timing/distinguish'
import { timingSubjects } from '@lexwright/testing/timing/timing-subjects'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

const samples = Number(process.argv[2] ?? 3_000)
const wanted = process.argv[3] ?? ''

const postgres = await startPostgres()
const pool = new pg.Pool({ connectionString: postgres.url, max: 5 })
// The server may stop just before the last connection is closed.
pool.on('error', () => {})
const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
const harness = await openAccountHarness(db)
const describe = ({ z, auc, medians: [first, second] }: Distinction): string =>
  `z ${z.toFixed(1)}, AUC ${auc.toFixed(3)}, medians ${first.toFixed(3)} ms and ${second.toFixed(3)} ms`
try {
  await harness.accounts.start()
  for (const { name, pair, leaks } of await timingSubjects(harness, db)) {
    if (!name.includes(wanted)) continue
    const found = await distinguish(pair, samples)
    const ok = Math.abs(found.z) < DISTINCT
    if (!ok) process.exitCode = 1
    console.log(`${ok ? 'alike    ' : 'DIFFERENT'}  ${name}: ${describe(found)}`)
    for (const leak of leaks) {
      const planted = await distinguish(leak.pair, Math.ceil(samples / 4))
      const isFound = Math.abs(planted.z) >= DISTINCT
      if (!isFound) process.exitCode = 1
      console.log(
        `${isFound ? 'found    ' : 'MISSED   '}  planted, ${leak.name}: ${describe(planted)}`,
      )
    }
  }
} finally {
  await harness.close()
  await db.destroy()
  await postgres.stop()
}
