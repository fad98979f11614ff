import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { type Database, openDatabase, retryConflicts } from './database.ts'
import { isDatabaseUnavailable, violatedUniqueConstraint } from './postgres-errors.ts'

interface HostTables {
  hostTable: { id: number; someValue: number }
}

describe('openDatabase on PostgreSQL', () => {
  let postgres: PostgresDatabase
  let host: Kysely<HostTables>
  let database: Database<HostTables>

  beforeAll(async () => {
    postgres = await createPostgresDatabase()
    const pool = new pg.Pool({ connectionString: postgres.url })
    host = new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] })
    await sql`create table host_table (id int primary key, some_value int not null)`.execute(host)
    database = openDatabase(host, 'accounts')
    await database.migrate(new Date())
  })
  afterAll(async () => {
    await host.destroy()
    await postgres.drop()
  })

  it("applies the host's plugins to the host's tables only", async () => {
    await database.transaction(async (queries, tx) => {
      await tx.insertInto('hostTable').values({ id: 1, someValue: 7 }).execute()
      await queries
        .insertInto('invite_code')
        .values({
          code: 'a',
          uses_granted: 1,
          uses_left: 1,
          created_by: 'admin',
          created_at: new Date(),
        })
        .execute()
    })
    expect(await host.selectFrom('hostTable').selectAll().execute()).toEqual([
      { id: 1, someValue: 7 },
    ])
    const invite = await database.queries.selectFrom('invite_code').select('uses_left').execute()
    expect(invite).toEqual([{ uses_left: 1 }])
  })

  it('retries a transaction that deadlocked', async () => {
    await sql`insert into host_table values (10, 0), (11, 0)`.execute(host)
    let runs = 0
    // Each takes a row and waits for the other's: PostgreSQL aborts one.
    const bothStarted = Promise.withResolvers<void>()
    const oneEnded = Promise.withResolvers<void>()
    const cross = async (first: number, second: number) => {
      await database.transaction(async (_, tx) => {
        runs++
        // Or the repeated one could take its row before the other is woken, and both wait again.
        if (runs > 2) await oneEnded.promise
        await sql`update host_table set some_value = some_value + 1 where id = ${first}`.execute(tx)
        if (runs >= 2) bothStarted.resolve()
        await bothStarted.promise
        await sql`update host_table set some_value = some_value + 1 where id = ${second}`.execute(
          tx,
        )
      })
      oneEnded.resolve()
    }
    await Promise.all([cross(10, 11), cross(11, 10)])
    expect(runs).toBe(3)
    const rows = await host
      .selectFrom('hostTable')
      .select('someValue')
      .where('id', 'in', [10, 11])
      .execute()
    expect(rows).toEqual([{ someValue: 2 }, { someValue: 2 }])
  })

  it('names the unique constraint that was violated', async () => {
    const error = await sql`insert into host_table values (20, 0), (20, 0)`
      .execute(host)
      .catch((cause: unknown) => cause)
    expect(violatedUniqueConstraint(error)).toBe('host_table_pkey')
    expect(isDatabaseUnavailable(error)).toBe(false)
  })

  it('refuses changes to the audit log', async () => {
    const { queries } = database
    await queries
      .insertInto('audit_log')
      .values({ at: new Date(), event: 'test', actor: 'system', detail: '{}' })
      .execute()
    const append = /audit_log is append-only/
    await expect(queries.deleteFrom('audit_log').execute()).rejects.toThrow(append)
    await expect(queries.updateTable('audit_log').set({ event: 'x' }).execute()).rejects.toThrow(
      append,
    )
    await expect(sql`truncate accounts.audit_log`.execute(queries)).rejects.toThrow(append)
  })
})

describe('retryConflicts', () => {
  it('gives up after a while, and at once on other errors', async () => {
    let runs = 0
    const fail = (code: string) => async () => {
      runs++
      throw Object.assign(new Error('failed'), { code })
    }
    await expect(retryConflicts(fail('23505'))).rejects.toThrow('failed')
    expect(runs).toBe(1)
    await expect(retryConflicts(fail('40001'))).rejects.toThrow('failed')
    expect(runs).toBe(13)
  })
})

describe('isDatabaseUnavailable', () => {
  it('recognizes a server that is not running', async () => {
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
    const error = await pool.query('select 1').catch((cause: unknown) => cause)
    expect(isDatabaseUnavailable(error)).toBe(true)
    await pool.end()
  })

  it('recognizes a connection closed mid-query', async () => {
    const postgres = await createPostgresDatabase()
    const pool = new pg.Pool({ connectionString: postgres.url })
    pool.on('error', () => {})
    const sleeping = pool.query('select pg_sleep(10)').catch((cause: unknown) => cause)
    while (
      (
        await pool.query(
          `select from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`,
        )
      ).rowCount === 0
    );
    await postgres.drop()
    expect(isDatabaseUnavailable(await sleeping)).toBe(true)
    await pool.end()
  })

  it.each([undefined, null, 'text', new Error('other'), { code: 42 }, { code: '42P01' }])(
    'does not take %p for an unavailable database',
    (error) => {
      expect(isDatabaseUnavailable(error)).toBe(false)
    },
  )
})
