import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import { table } from '../figures.ts'
import { type Answer, openCalls } from './calls.ts'
import { type Subject, Turn } from './latencies.ts'
import { findPeople, pickNumbers } from './people.ts'
import { startService } from './service.ts'

const CALLS = 100
/** PostgreSQL reports the statistics of an idle connection within ten seconds. */
const COUNTED_AFTER_MS = 11_000

interface Counters {
  readonly walBytes: number
  readonly pages: number
  readonly rows: number
  readonly updates: number
  readonly inPlace: number
}

/**
 * Rows and WAL written per call, each call after a checkpoint, so most pages are logged in full.
 */
export async function describeWrites(
  folder: string,
  { accounts, url, client }: Subject,
): Promise<readonly string[]> {
  const service = await startService(folder, url, {
    PDS_PASSWORD_HASH_COST: '4',
    PDS_RATE_LIMITS_ENABLED: 'false',
  })
  const calls = openCalls(service.url, 1)
  const pick = async (modulus: number, rest: number) =>
    new Turn(await findPeople(client, pickNumbers(accounts, { count: CALLS, modulus, rest })))
  const cheap = await pick(10, 1)
  const refreshing = await pick(20, 0)
  const run = Date.now().toString(36)
  const kinds: readonly (readonly [name: string, call: (n: number) => Promise<Answer>])[] = [
    ['a sign-up', (n) => calls.signUp(`w${run}n${n}`)],
    ['a log-in', () => calls.logIn(cheap.next(), 'handle')],
    ['a refresh, full history', () => calls.refresh(refreshing.next())],
  ]
  const rows: (readonly string[])[] = []
  await delay(COUNTED_AFTER_MS)
  for (const [name, call] of kinds) {
    await client.query('checkpoint')
    const before = await count(client)
    for (let n = 0; n < CALLS; n++) {
      const { status, body } = await call(n)
      if (status !== 200) throw new Error(`${name}: ${status} ${body}`)
    }
    await delay(COUNTED_AFTER_MS)
    const after = await count(client)
    const each = (of: keyof Counters) => (after[of] - before[of]) / CALLS
    rows.push([
      name,
      each('rows').toFixed(1),
      each('updates') === 0 ? '' : `${Math.round((each('inPlace') / each('updates')) * 100)} %`,
      each('walBytes').toFixed(0),
      each('pages').toFixed(1),
    ])
  }
  await calls.close()
  await service.signal('SIGTERM')
  return table(
    [
      'Call',
      'rows written',
      'updates without index work (HOT)',
      'bytes of WAL',
      'of them whole pages',
    ],
    rows,
  )
}

async function count(client: Client): Promise<Counters> {
  const { rows } = await client.query<Counters>(`
    select wal_bytes::float8 as "walBytes", wal_fpi::float8 as pages, tables.*
    from pg_stat_wal, (
      select sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 as rows, sum(n_tup_upd)::float8 as updates,
        sum(n_tup_hot_upd)::float8 as "inPlace"
      from pg_stat_all_tables where schemaname = 'lexwright_account') tables`)
  const [counters] = rows
  if (counters === undefined) throw new Error('PostgreSQL counts nothing')
  return counters
}
