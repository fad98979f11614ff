import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { type Dialect, Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createPglite } from './kept-pglite.ts'
import { POSTGRES_URL_VARIABLE } from './postgres-url.ts'

/** An empty PostgreSQL database for one test file. */
export interface PostgresDatabase {
  readonly url: string
  /** Closes every open connection and drops the database. */
  drop(): Promise<void>
}

/** An empty database behind Kysely. */
export interface TestDatabase {
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

/** Creates a database on the PostgreSQL of this test run: empty, or a copy of `template`. */
export async function createPostgresDatabase(template?: string): Promise<PostgresDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(async (client) => {
    await client.query(`create database ${name} ${template ? `template ${template}` : ''}`)
  })
  return {
    url: urlOf(name),
    drop: () => administer((client) => drop(client, name)),
  }
}

/**
 * Creates and fills a named database unless it exists. Of several test files at once, one does so.
 */
export async function keepPostgresDatabase(
  name: string,
  fill: (db: Kysely<unknown>) => Promise<unknown>,
): Promise<void> {
  await administer(async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount !== 0) return
    await client.query(`create database ${name}`)
    const pool = new pg.Pool({ connectionString: urlOf(name) })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    await fill(db).finally(() => db.destroy())
  })
}

/** The connection URL of a database on the PostgreSQL of this test run. */
function urlOf(name: string): string {
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  return url.href
}

function serverUrl(): string {
  const url = process.env[POSTGRES_URL_VARIABLE]
  if (!url) throw new Error(`${POSTGRES_URL_VARIABLE} is not set: run the tests through jest`)
  return url
}

async function administer(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl() })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** How long closing connections may take to disappear, in milliseconds. */
const CLOSING_MS = 2_000

/**
 * A pool reports its end before its last connection is closed: dropping the database then would
 * raise an error that nothing handles.
 */
async function drop(client: pg.Client, name: string): Promise<void> {
  for (const deadline = Date.now() + CLOSING_MS; Date.now() < deadline; await delay(20)) {
    const query = 'select from pg_stat_activity where datname = $1'
    if ((await client.query(query, [name])).rowCount === 0) break
  }
  await client.query(`drop database if exists ${name} with (force)`)
}

/** Opens a database on PostgreSQL; closing it drops it. */
export function openPostgres({ url, drop }: PostgresDatabase): TestDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 12 })
  return open(new PostgresDialect({ pool }), drop)
}

export function openPglite(pglite: PGlite): TestDatabase {
  return open(new PGliteDialect({ pglite }))
}

function open(dialect: Dialect, dispose?: () => Promise<void>): TestDatabase {
  const db = new Kysely<unknown>({ dialect })
  return {
    db,
    close: async () => {
      await db.destroy()
      await dispose?.()
    },
  }
}

/**
 * An empty database: PGlite with TEST_DATABASE=pglite, as in `npm run test:long pglite`, otherwise
 * PostgreSQL.
 */
export async function openDatabase(): Promise<TestDatabase> {
  return process.env.TEST_DATABASE === 'pglite'
    ? openPglite(await createPglite())
    : openPostgres(await createPostgresDatabase())
}
