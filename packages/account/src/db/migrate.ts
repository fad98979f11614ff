import { type Kysely, sql } from 'kysely'
import { type Migration, migrations } from './migrations.ts'
import { isUndefinedTable } from './postgres-errors.ts'

interface MigrationTable {
  migration: { name: string; applied_at: Date }
}

export interface MigrateOptions {
  readonly schema: string
  readonly now: Date
  readonly steps?: readonly Migration[]
}

/**
 * Brings a schema up to date and returns the names of the applied migrations.
 *
 * Runs in one transaction behind a transaction-level advisory lock: of several processes starting
 * at once, one migrates and the others wait, then find nothing to do. A failed migration leaves
 * nothing behind, and a transaction pooler is fine. Unknown migrations are ignored, so an older
 * process may start beside a newer one during a rollout.
 *
 * @param db without the host's schema and plugins. A transaction of the host is used as it is: the
 *   migrations commit or roll back with it.
 */
export async function migrateSchema(
  db: Kysely<unknown>,
  { schema, now, steps = migrations }: MigrateOptions,
): Promise<readonly string[]> {
  if (!db.isTransaction && (await isUpToDate(db, { schema, steps }))) return []
  const migrate = (tx: Kysely<unknown>): Promise<readonly string[]> =>
    applyMissingSteps(tx, { schema, now, steps })
  if (db.isTransaction) return migrate(db)
  // Read committed, whatever the default: otherwise the snapshot would predate the lock.
  return db.transaction().setIsolationLevel('read committed').execute(migrate)
}

async function applyMissingSteps(
  tx: Kysely<unknown>,
  { schema, now, steps }: Required<MigrateOptions>,
): Promise<readonly string[]> {
  const lock = `lexwright:${schema}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`.execute(tx)
  await ensureBookkeeping(tx, schema)

  const scoped = tx.withSchema(schema)
  const missing = await missingSteps(tx, { schema, steps })
  for (const step of missing) {
    await step.up(scoped, schema)
    await book(tx, schema)
      .insertInto('migration')
      .values({ name: step.name, applied_at: now })
      .execute()
  }
  return missing.map((step) => step.name)
}

type Steps = Required<Pick<MigrateOptions, 'schema' | 'steps'>>

/**
 * True when every migration is applied, the usual case: one query, no lock. Migrations are never
 * reverted.
 */
async function isUpToDate(db: Kysely<unknown>, options: Steps): Promise<boolean> {
  try {
    return (await missingSteps(db, options)).length === 0
  } catch (error) {
    if (isUndefinedTable(error)) return false
    throw error
  }
}

async function missingSteps(
  db: Kysely<unknown>,
  { schema, steps }: Steps,
): Promise<readonly Migration[]> {
  const rows = await book(db, schema).selectFrom('migration').select('name').execute()
  const applied = new Set(rows.map((row) => row.name))
  return steps.filter((step) => !applied.has(step.name))
}

/** The table of applied migrations. */
function book(db: Kysely<unknown>, schema: string): Kysely<MigrationTable> {
  return db.withSchema(schema) as unknown as Kysely<MigrationTable>
}

/** Creates the schema and its migration table; needs no permission to create them if they exist. */
async function ensureBookkeeping(tx: Kysely<unknown>, schema: string): Promise<void> {
  const { rows } = await sql<{ has_schema: boolean; has_table: boolean }>`
    select exists (select from pg_namespace where nspname = ${schema}) as has_schema,
      exists (select from pg_tables where schemaname = ${schema} and tablename = 'migration') as has_table
  `.execute(tx)
  if (!rows[0]?.has_schema) await tx.schema.createSchema(schema).execute()
  if (rows[0]?.has_table) return
  await tx.schema
    .withSchema(schema)
    .createTable('migration')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('applied_at', 'timestamptz', (column) => column.notNull())
    .execute()
}
