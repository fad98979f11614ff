import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Dialect, Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createPglite } from './empty-pglite.ts'
import { POSTGRES_URL_VARIABLE } from './postgres-url.ts'

/** An empty PostgreSQL database of one test file's own. */
export interface PostgresDatabase {
  readonly url: string
  /** Ends every connection that is still open and drops the database. */
  drop(): Promise<void>
}

/** An empty database behind Kysely. */
export interface TestDatabase {
  readonly db: Kysely<unknown>
  close(): Promise<void>
}

/** Creates an empty database on the PostgreSQL of this test run. */
export async function createPostgresDatabase(): Promise<PostgresDatabase> {
  const server = process.env[POSTGRES_URL_VARIABLE]
  if (!server) throw new Error(`${POSTGRES_URL_VARIABLE} is not set: run the tests through jest`)
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => drop(server, name),
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** How long connections that are being closed may take to be gone. */
const CLOSING_MS = 2_000

/**
 * A pool that has ended is done before the last of its connections is: one that is cut off then
 * reports an error to nobody.
 */
async function drop(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    for (const deadline = Date.now() + CLOSING_MS; Date.now() < deadline; await delay(20)) {
      const query = 'select from pg_stat_activity where datname = $1'
      if ((await client.query(query, [name])).rowCount === 0) break
    }
    await client.query(`drop database if exists ${name} with (force)`)
  } finally {
    await client.end()
  }
}

async function openPostgres(): Promise<TestDatabase> {
  const database = await createPostgresDatabase()
  const pool = new pg.Pool({ connectionString: database.url, max: 12 })
  return open(new PostgresDialect({ pool }), database.drop)
}

async function openPglite(): Promise<TestDatabase> {
  return open(new PGliteDialect({ pglite: await createPglite() }))
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
 * The databases that everything must behave the same on, for `describe.each`:
 *
 *     describe.each(testDatabases)('… on $name', ({ open }) => { … })
 */
export const testDatabases: ReadonlyArray<{
  readonly name: string
  readonly open: () => Promise<TestDatabase>
}> = [
  { name: 'PostgreSQL', open: openPostgres },
  { name: 'PGlite', open: openPglite },
]
