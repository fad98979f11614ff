import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { createStore, type Store } from '../store.ts'
import { openDatabase } from './database.ts'

const ACCOUNTS = 5_000
const now = new Date('2026-03-01T12:00:00.000Z')
const earlier = new Date('2026-02-01T12:00:00.000Z')
const LIMIT = 100

describe('background work on large tables', () => {
  let postgres: PostgresDatabase
  let host: Kysely<unknown>
  let store: Store<unknown>
  let statements: CompiledQuery[] = []

  beforeAll(async () => {
    postgres = await createPostgresDatabase()
    host = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: postgres.url }) }),
      log: ({ query }) => void statements.push(query),
    })
    const database = openDatabase(host, 'public')
    await database.migrate(now)
    store = createStore(database)
    for (const statement of FILL) await sql.raw(statement).execute(host)
  })
  afterAll(async () => {
    await host.destroy()
    await postgres.drop()
  })
  beforeEach(() => {
    statements = []
  })

  it.each<[string, () => Promise<unknown>]>([
    ['expired sessions', () => store.sessions.deleteExpired(now, LIMIT)],
    ['old changes', () => store.changes.deleteBefore(earlier, LIMIT)],
    ['changes without a number', () => store.transaction((tx) => tx.changes.number(LIMIT))],
    ['former handles', () => store.handleClaims.deleteExpired(now, LIMIT)],
    [
      'handles to check',
      () => store.handleClaims.claimChecks({ now, checkedBefore: earlier, limit: LIMIT }),
    ],
    [
      'a page of handles to schedule',
      () => store.handleClaims.scheduleChecks({ domains: ['.test'], after: '', limit: LIMIT }),
    ],
    [
      'accounts to purge',
      () => store.lifecycle.findPurgeable({ now, mailsSince: now, after: '', limit: LIMIT }),
    ],
    ['old keys', () => store.signingKeys.deleteOld({ now, retiredBefore: earlier, limit: LIMIT })],
    ['accounts to delete', () => store.lifecycle.findDeletable(now, LIMIT)],
    ['handles to release', () => store.lifecycle.releaseHandles(now, LIMIT)],
  ])('finds %s by an index', async (_, work) => {
    await work()
    const plans = await Promise.all(
      statements
        .filter((query) => query.sql.includes('"'))
        .map(({ sql: text, parameters }) =>
          host.executeQuery<Record<'QUERY PLAN', string>>(
            CompiledQuery.raw(`explain ${text}`, [...parameters]),
          ),
        ),
    )
    const lines = plans.flatMap(({ rows }) => rows.map((row) => row['QUERY PLAN']))
    expect(lines.join('\n')).toMatch(/Index/)
    expect(lines.filter((line) => LARGE.test(line))).toEqual([])
  })

  it('deletes old keys in batches', async () => {
    await sql
      .raw(`update signing_key set retired_at = '2026-01-01' where did like 'did:plc:123_'`)
      .execute(host)
    await sql
      .raw(`update reserved_key set expires_at = '2026-01-01' where public_key like 'did:plc:123_'`)
      .execute(host)
    const left = async () => {
      await store.signingKeys.deleteOld({ now, retiredBefore: earlier, limit: 6 })
      const { rows } = await sql<{ keys: number; reserved: number }>`
        select (select count(*)::int from signing_key) as keys, (select count(*)::int from reserved_key) as reserved
      `.execute(host)
      return rows[0]
    }
    expect(await left()).toEqual({ keys: ACCOUNTS - 6, reserved: ACCOUNTS - 6 })
    expect(await left()).toEqual({ keys: ACCOUNTS - 10, reserved: ACCOUNTS - 10 })
  })

  it('releases handles in batches', async () => {
    await sql
      .raw(`update account set status = 'deleted', deleted_at = '2026-01-01', purge_after = '2026-01-01',
        purged_at = '2026-01-01', email = null, email_canonical = null, password_hash = null where handle like 'person123_.test'`)
      .execute(host)
    const release = () => store.lifecycle.releaseHandles(now, 6)
    expect([await release(), await release(), await release()]).toEqual([6, 4, 0])
    expect(await store.handleClaims.isFree('person1234.test', { now })).toBe(true)
    expect(await store.handleClaims.isFree('person1301.test', { now })).toBe(false)
  })

  it('schedules checks of handles of other domains, page by page', async () => {
    let pages = 0
    for (let after: string | undefined = ''; after !== undefined; pages++) {
      after = await store.handleClaims.scheduleChecks({ domains: ['.test'], after, limit: 2_000 })
    }
    expect(pages).toBe(4)
    const due = await store.handleClaims.claimChecks({ now, checkedBefore: earlier, limit: 1_000 })
    expect(due).toHaveLength(ACCOUNTS / 50)
    expect(due.every(({ handle, isInUse }) => handle.endsWith('.example.org') && isInUse)).toBe(
      true,
    )
  })
})

const LARGE =
  /Seq Scan on (?:account|session|handle_claim|account_change|signing_key|reserved_key)\b/

/** One handle in fifty is of another domain. */
const FILL = [
  `insert into account (did, status, handle, email, email_canonical, password_hash, created_at, password_changed_at)
   select 'did:plc:' || n, 'active', 'person' || n || case when n % 50 = 0 then '.example.org' else '.test' end,
     n || '@example.com', n || '@example.com', 'x', now(), now() from generate_series(1, ${ACCOUNTS}) n`,
  'insert into handle_claim (handle, did) select handle, did from account',
  `insert into session (id, did, epoch, auth_time, created_at, expires_at, refresh_jti, rotated_at)
   select did, did, 0, now(), now(), '2027-01-01', 'x', now() from account`,
  `insert into account_change (seq, did, kind, detail, at)
   select row_number() over (), did, 'created', '{}', '2026-02-20' from account`,
  `insert into signing_key (did, public_key, private_key_sealed, created_at)
   select did, did, '', now() from account`,
  `insert into reserved_key (public_key, private_key_sealed, expires_at)
   select did, '', '2027-01-01' from account`,
  'analyze',
]
