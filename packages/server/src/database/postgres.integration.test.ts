import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { isDatabaseUnavailable } from '@lexwright/account/extension'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { sql } from 'kysely'
import { type Database, DatabaseError } from './database.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'

let server: PostgresDatabase
beforeAll(async () => {
  server = await createPostgresDatabase()
})
afterAll(() => server.drop())

const lost: unknown[] = []
async function withDatabase(
  use: (database: Database) => Promise<void>,
  options: Partial<PostgresOptions> = {},
): Promise<void> {
  const database = await openPostgres({
    url: server.url,
    poolSize: 2,
    connectTimeoutMs: 10_000,
    queryTimeoutMs: 10_000,
    logger: { warn: (...entry) => void lost.push(entry) },
    ...options,
  })
  try {
    await use(database)
  } finally {
    await database.close()
  }
}

/** Terminates all other connections, like a restart or a fail-over. */
async function endConnections(except: Database): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
  `.execute(except.db)
}

/** Waits until a connection is executing `pg_sleep`. */
async function sleeping({ db }: Database): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and state = 'active' and wait_event = 'PgSleep'
    `.execute(db)
    if (rows.length > 0) return
    await delay(5)
  }
}

describe('openPostgres', () => {
  it('connects, counts its connections and gives its location without a password', async () => {
    await withDatabase(async (database) => {
      await database.ping()
      expect(database.connections?.()).toEqual({ total: 1, idle: 1, waiting: 0 })
      expect(database.location).toMatch(/^(localhost|127\.0\.0\.1):\d+\/test_/)
    })
  })

  it('opens no more connections than allowed; others wait', async () => {
    await withDatabase(async ({ db, connections }) => {
      const sleeps = Array.from({ length: 5 }, () => sql`select pg_sleep(0.1)`.execute(db))
      await delay(50)
      expect(connections?.()).toMatchObject({ total: 2, waiting: 3 })
      await Promise.all(sleeps)
    })
  })

  it('survives the loss of idle connections', async () => {
    await withDatabase((killer) =>
      withDatabase(async (victim) => {
        await victim.ping()
        await endConnections(killer)
        while (victim.connections?.().total !== 0) await delay(5)
        await victim.ping()
        expect(lost).not.toHaveLength(0)
      }),
    )
  })

  it('survives the loss of connections in use: the query fails, the next one works', async () => {
    await withDatabase((killer) =>
      withDatabase(async (victim) => {
        const begun = Promise.withResolvers<void>()
        const ended = Promise.withResolvers<void>()
        const running = sql`select pg_sleep(60)`.execute(victim.db)
        const transaction = victim.db.transaction().execute(async (tx) => {
          await sql`select 1`.execute(tx)
          begun.resolve()
          await ended.promise
          await sql`select 1`.execute(tx)
        })
        const failures = Promise.all([
          expect(running).rejects.toThrow(),
          expect(transaction).rejects.toThrow(),
        ])
        await begun.promise
        await sleeping(killer)
        await endConnections(killer)
        ended.resolve()
        await failures
        await victim.ping()
        expect(victim.connections?.()).toMatchObject({ total: 1, waiting: 0 })
      }),
    )
  })

  it('closes the connection of a query that takes too long, so nothing waits behind it', async () => {
    await withDatabase(
      async ({ db, ping }) => {
        await expect(sql`select pg_sleep(60)`.execute(db)).rejects.toThrow('Query read timeout')
        await ping()
        const transaction = db.transaction().execute((tx) => sql`select pg_sleep(60)`.execute(tx))
        const error = await transaction.catch((cause: unknown) => cause)
        expect(isDatabaseUnavailable(error)).toBe(true)
        await ping()
      },
      // Long enough for a ping on a busy machine.
      { poolSize: 1, queryTimeoutMs: 2_000 },
    )
  })

  it('migrates over a separate connection if configured', async () => {
    await withDatabase(
      async ({ db, migrations }) => {
        expect(migrations).not.toBe(db)
        await sql`select 1`.execute(migrations)
      },
      { migrationUrl: server.url },
    )
  })

  it.each([
    [
      'nothing listens',
      (url: URL) => {
        url.port = '1'
      },
      'nothing listens there',
    ],
    [
      'the database does not exist',
      (url: URL) => {
        url.pathname = '/nowhere'
      },
      'does not exist',
    ],
    [
      'the password is wrong',
      (url: URL) => {
        url.password = 'hunter2'
      },
      'password',
    ],
  ])('reports the cause without the password: %s', async (_, spoil, what) => {
    const url = new URL(server.url)
    spoil(url)
    const error = await withDatabase(async () => {}, { url: url.href }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(DatabaseError)
    expect((error as Error).message).toContain(what)
    expect((error as Error).message).not.toMatch(/hunter2|postgres:\/\//)
  })
})
