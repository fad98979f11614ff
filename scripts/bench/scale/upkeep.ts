import { setTimeout as delay } from 'node:timers/promises'
import { migrateAccounts } from '@lexwright/account'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { openDatabase } from '../../../packages/account/src/db/database.ts'
import { createStore, type Store } from '../../../packages/account/src/store.ts'
import { table } from '../figures.ts'
import { type Answer, type Calls, openCalls } from './calls.ts'
import { type Subject, Turn } from './latencies.ts'
import { DID, findPeople, type Person, pickNumbers, SESSION_ID } from './people.ts'
import { startService, withClient } from './service.ts'

const BATCH = 5_000
const DAY_MS = 24 * 60 * 60 * 1000
const PURGED = 1_000
const DELETED = 50

interface Work {
  readonly name: string
  /** Creates the rows to work on. */
  readonly prepare?: () => Promise<unknown>
  /** Runs the work and returns a description of the result. */
  readonly run: () => Promise<string>
}

/**
 * Measures background work and operators' queries on a large database, and their effect on
 * concurrent calls.
 */
export async function describeUpkeep(folder: string, subject: Subject): Promise<readonly string[]> {
  const { url, client } = subject
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const store = createStore(openDatabase(db, 'lexwright_account'))
  const service = await startService(folder, url, {
    PDS_PASSWORD_HASH_COST: '4',
    PDS_RATE_LIMITS_ENABLED: 'false',
  })
  const calls = openCalls(service.url, 4)
  const people = await findPeople(
    client,
    pickNumbers(subject.accounts, { count: PURGED + DELETED + 500, modulus: 10, rest: 1 }),
  )
  const deletable = new Turn(people.slice(0, DELETED))
  const purgeable = people.slice(DELETED, DELETED + PURGED).map(({ did }) => did)
  const probe = startProbe(url, calls, people.slice(DELETED + PURGED))
  const rows: (readonly string[])[] = []
  for (const { name, prepare, run } of listWork({
    db,
    store,
    calls,
    purgeable,
    deletable,
    subject,
  })) {
    await prepare?.()
    await delay(500)
    probe.reset()
    const began = performance.now()
    const done = await run()
    const took = performance.now() - began
    await delay(100)
    const { lockWait, read, refresh, signUp } = probe.longest()
    rows.push([name, done, ...[took, lockWait, read, refresh, signUp].map((ms) => ms.toFixed(0))])
  }
  await probe.stop()
  await calls.close()
  await service.signal('SIGTERM')
  await db.destroy()
  return table(
    [
      'Work',
      'done',
      'ms',
      'longest wait for a lock',
      '`getSession`',
      '`refreshSession`',
      'sign-up',
    ],
    rows,
  )
}

interface Parts {
  readonly db: Kysely<unknown>
  readonly store: Store<unknown>
  readonly calls: Calls
  readonly purgeable: readonly string[]
  readonly deletable: Turn
  readonly subject: Subject
}

function listWork(parts: Parts): readonly Work[] {
  const { db, store, calls, purgeable, deletable, subject } = parts
  const { client, accounts } = subject
  const ago = (days: number) => new Date(Date.now() - days * DAY_MS)
  const schema = 'lexwright_account'
  return [
    { name: 'nothing', run: () => delay(1000, 'for comparison') },
    {
      name: 'start: nothing to migrate',
      run: async () => `${(await migrateAccounts(db)).length} migrations`,
    },
    {
      name: 'expired sessions, four batches',
      prepare: () =>
        client.query(`insert into ${schema}.session
          (id, did, epoch, auth_time, created_at, expires_at, refresh_jti, rotated_at)
          select 'old' || ${SESSION_ID}, ${DID}, 0, now(), now(), now() - interval '3 days', 'x', now()
          from generate_series(1, ${Math.min(accounts, 4 * BATCH)}) n on conflict do nothing`),
      run: () => repeat(4, () => store.sessions.deleteExpired(ago(1), BATCH)),
    },
    {
      name: 'events after 30 days, four batches',
      run: () => repeat(4, () => store.changes.deleteBefore(ago(30), BATCH)),
    },
    {
      name: 'numbering 5,000 events',
      prepare: () =>
        client.query(`insert into ${schema}.account_change (did, kind, detail, at)
          select ${DID}, 'created', '{}', now() from generate_series(1, ${BATCH}) n`),
      run: async () => {
        let runs = 0
        while (await store.transaction((tx) => tx.changes.number(500))) runs++
        return `${runs} batches`
      },
    },
    {
      name: 'rate limits that are over',
      prepare: () =>
        client.query(`insert into ${schema}.rate_limit (key, spent, resets_at)
          select 'bench' || n, 1, now() - interval '1 minute' from generate_series(1, 10000) n
          on conflict do nothing`),
      run: () => repeat(1, async () => store.rateLimits.sweep?.(new Date())),
    },
    {
      name: 'handles of other domains, none due',
      run: async () => {
        const due = await store.handleClaims.claimChecks({
          now: new Date(),
          checkedBefore: ago(30),
          limit: 16,
        })
        return `${due.length} due`
      },
    },
    {
      name: 'handles of other domains, the walk after a start',
      run: async () => {
        let pages = 0
        for (let after: string | undefined = ''; after !== undefined; pages++) {
          after = await store.handleClaims.scheduleChecks({
            domains: ['.test'],
            after,
            limit: BATCH,
          })
        }
        return `${pages} pages`
      },
    },
    {
      name: `deletions, ${DELETED} log-ins included`,
      run: async () => {
        for (let n = 0; n < DELETED; n++) await deleteOne(calls, deletable.next())
        return `${DELETED} accounts`
      },
    },
    {
      name: 'purges',
      prepare: () =>
        client.query(
          `update ${schema}.account set status = 'deleted', deleted_at = now() - interval '8 days',
             purge_after = now() - interval '1 minute' where did = any($1)`,
          [purgeable],
        ),
      run: async () => {
        const now = new Date()
        let purged = 0
        for (let after = ''; ; ) {
          const dids = await store.lifecycle.findPurgeable({
            now,
            mailsSince: now,
            after,
            limit: 100,
          })
          for (const did of dids) {
            if (await store.transaction((tx) => tx.lifecycle.purge(did, { at: now }))) purged++
          }
          const last = dids.at(-1)
          if (last === undefined) return `${purged} accounts`
          after = last
        }
      },
    },
    {
      name: 'handles after their hold',
      run: async () => `${await store.lifecycle.releaseHandles(new Date(), PURGED)} handles`,
    },
    { name: 'metrics: backlog', run: async () => `${(await store.backlog.count()).mails} mails` },
    {
      name: 'metrics: accounts by status',
      run: async () =>
        `${(await store.backlog.countAccounts()).active.toLocaleString('en')} active`,
    },
    {
      name: 'operator: the newest 50 accounts',
      run: async () => `${(await store.roster.list({ limit: 50 })).length} accounts`,
    },
    {
      name: 'operator: search for a name nobody has',
      run: async () =>
        `${(await store.roster.list({ limit: 50, search: 'no such' })).length} accounts`,
    },
    {
      name: 'the last migration, applied anew',
      prepare: () =>
        client.query(`drop index if exists ${schema}.handle_claim_checked_index;
          delete from ${schema}.migration where name = '0020-handle-check-index'`),
      run: async () => (await migrateAccounts(db)).join(', '),
    },
  ]
}

async function repeat(times: number, work: () => Promise<unknown>): Promise<string> {
  for (let n = 0; n < times; n++) await work()
  return times === 1 ? 'one batch' : `${times} batches`
}

async function deleteOne(calls: Calls, person: Person): Promise<void> {
  const session = await calls.logIn(person, 'handle')
  const { status, body } = await calls.deleteAccount(JSON.parse(session.body).accessJwt)
  if (status !== 200) throw new Error(`delete: ${status} ${body}`)
}

interface Longest {
  lockWait: number
  read: number
  refresh: number
  signUp: number
}

/** Calls and samples lock waits continuously, and keeps the longest of each, in milliseconds. */
function startProbe(url: string, calls: Calls, people: readonly Person[]) {
  const longest: Longest = { lockWait: 0, read: 0, refresh: 0, signUp: 0 }
  const turn = new Turn(people)
  const run = Date.now().toString(36)
  let isStopped = false
  let signUps = 0
  const note = (of: keyof Longest, ms: number) => {
    longest[of] = Math.max(longest[of], ms)
  }
  const timed = async (of: keyof Longest, call: () => Promise<Answer>) => {
    const began = performance.now()
    const { status, body } = await call()
    if (status !== 200) throw new Error(`${of}: ${status} ${body}`)
    note(of, performance.now() - began)
  }
  const loop = async (pauseMs: number, work: () => Promise<unknown>) => {
    while (!isStopped) {
      await work()
      await delay(pauseMs)
    }
  }
  const loops = [
    loop(10, () => timed('read', () => calls.getSession(turn.next()))),
    loop(10, () => timed('refresh', () => calls.refresh(turn.next()))),
    loop(50, () => timed('signUp', () => calls.signUp(`p${run}n${signUps++}`))),
    withClient(url, (client) =>
      loop(10, async () => {
        const { rows } = await client.query<{ ms: number }>(
          `select coalesce(max(extract(epoch from clock_timestamp() - waitstart)), 0)::float8 * 1000 as ms
           from pg_locks where not granted`,
        )
        note('lockWait', rows[0]?.ms ?? 0)
      }),
    ),
  ]
  return {
    reset: () => Object.assign(longest, { lockWait: 0, read: 0, refresh: 0, signUp: 0 }),
    longest: () => ({ ...longest }),
    stop: async () => {
      isStopped = true
      await Promise.all(loops)
    },
  }
}
