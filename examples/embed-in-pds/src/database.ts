import { migrateAccounts } from '@lexwright/account'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'

/** The host's tables, in the schema `pds`. */
export interface HostTables {
  'pds.repo': { did: string; handle: string; createdAt: Date; deletedAt: Date | null }
  'pds.status': { did: string; text: string; setAt: Date }
}

/** The schema for the account module's tables. The host does not touch them. */
export const ACCOUNT_SCHEMA = 'accounts'

/** The host's own pool and Kysely. Its plugins apply to its own tables; the module does not need any. */
export function openDatabase(connectionString: string): Kysely<HostTables> {
  const pool = new pg.Pool({ connectionString, max: 10 })
  return new Kysely<HostTables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin()],
  })
}

/**
 * The host's migrations, including the module's. Kysely runs them in one transaction: if a later step fails,
 * the account tables are rolled back too.
 */
const migrations = {
  '001-host': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.createSchema('pds').execute()
      await db.schema
        .createTable('pds.repo')
        .addColumn('did', 'text', (column) => column.primaryKey())
        .addColumn('handle', 'text', (column) => column.notNull())
        .addColumn('created_at', 'timestamptz', (column) => column.notNull())
        .addColumn('deleted_at', 'timestamptz')
        .execute()
    },
  },
  // When an update of the module brings new steps, add another entry like this: it runs the missing ones.
  '002-accounts': {
    async up(db: Kysely<unknown>): Promise<void> {
      await migrateAccounts(db, { schema: ACCOUNT_SCHEMA })
    },
  },
  '003-status': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('pds.status')
        .addColumn('did', 'text', (column) => column.primaryKey().references('pds.repo.did'))
        .addColumn('text', 'text', (column) => column.notNull())
        .addColumn('set_at', 'timestamptz', (column) => column.notNull())
        .execute()
    },
  },
}

export async function migrate(db: Kysely<HostTables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
