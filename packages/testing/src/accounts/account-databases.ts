import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, PGliteDialect } from 'kysely'
import {
  createPostgresDatabase,
  keepPostgresDatabase,
  openPglite,
  openPostgres,
  type PostgresDatabase,
  type TestDatabase,
} from '../postgres/databases.ts'
import { type Content, createPglite, writeDatabase } from '../postgres/kept-pglite.ts'

export type { TestDatabase }

/** A kind of database that tests run on. */
export interface DatabaseKind {
  readonly name: string
  readonly open: () => Promise<TestDatabase>
}

/*
 * Databases that start with the tables of the account module. Creating the tables costs half a
 * second of CPU time, so it is done once and copied. `migrate()` adds any missing migrations.
 */

/**
 * The databases on which the account module must behave the same, for `describe.each`. PGlite costs
 * four more seconds of CPU time per file: `npm test` runs the store on both, and other suites by
 * {@link openAccountDatabase}.
 */
export const accountDatabases: readonly DatabaseKind[] = [
  { name: 'PostgreSQL', open: openAccountPostgres },
  { name: 'PGlite', open: openAccountPglite },
]

/**
 * Opens a database on the PostgreSQL of this test run; closing it drops it. With
 * TEST_DATABASE=pglite it is PGlite: `npm run test:long pglite` runs every suite that way.
 */
export async function openAccountDatabase(): Promise<TestDatabase> {
  if (process.env.TEST_DATABASE === 'pglite') return openAccountPglite()
  return openAccountPostgres()
}

/**
 * Opens a database on PostgreSQL whatever TEST_DATABASE says, for tests that need several
 * connections.
 */
export async function openAccountPostgres(): Promise<TestDatabase> {
  return openPostgres(await createAccountDatabase())
}

async function openAccountPglite(): Promise<TestDatabase> {
  return openPglite(await createPglite(await accountTables()))
}

/** Creates a database on the PostgreSQL of this test run. */
export async function createAccountDatabase(): Promise<PostgresDatabase> {
  const template = `accounts_${await versionOfTables()}`
  await keepPostgresDatabase(template, migrate)
  return createPostgresDatabase(template)
}

/** Writes the files of a PGlite to a directory, as after a first start of the program. */
export async function writeAccountDatabase(directory: string): Promise<void> {
  await writeDatabase(directory, await accountTables())
}

async function accountTables(): Promise<Content> {
  return {
    version: await versionOfTables(),
    fill: async (pglite) => {
      await migrate(new Kysely({ dialect: new PGliteDialect({ pglite }) }))
    },
  }
}

async function migrate(db: Kysely<unknown>): Promise<unknown> {
  // Most test files find the tables created and do not load the module for them.
  const { migrateAccounts } = await import('@lexwright/account')
  return migrateAccounts(db)
}

/** A hash of the sources that create the tables. */
async function versionOfTables(): Promise<string> {
  const folder = join(import.meta.dirname, '../../../account/src/db')
  const steps = (await readdir(join(folder, 'migrations'))).map((name) => `migrations/${name}`)
  const hash = createHash('sha256')
  for (const name of ['migrate.ts', 'migrations.ts', ...steps.sort()]) {
    hash.update(await readFile(join(folder, name)))
  }
  return hash.digest('hex').slice(0, 16)
}
