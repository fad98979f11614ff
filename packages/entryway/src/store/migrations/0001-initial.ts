import { type Kysely, sql } from 'kysely'

/** Every table of the first release; `../tables.ts` documents the columns. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('entryway_host')
    .addColumn('did', 'text', (column) => column.primaryKey())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('weight', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('admin_password_sealed', 'bytea', (column) => column.notNull())
    .addColumn('added_at', 'timestamptz', (column) => column.notNull())
    .addColumn('next_look_at', 'timestamptz', (column) => column.notNull())
    .addColumn('looked_at', 'timestamptz')
    .addColumn('failed_looks', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('last_error', 'text')
    .addUniqueConstraint('entryway_host_url_key', ['url'])
    .addCheckConstraint('entryway_host_weight_check', sql`weight >= 0`)
    .addCheckConstraint('entryway_host_state_check', sql`state in ('open', 'draining')`)
    .execute()
  await db.schema
    .createTable('entryway_account')
    .addColumn('did', 'text', (column) =>
      column.primaryKey().references('account.did').onDelete('cascade'),
    )
    .addColumn('host', 'text', (column) => column.notNull().references('entryway_host.did'))
    .addColumn('signing_key', 'text', (column) => column.notNull())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('busy_until', 'timestamptz')
    .addColumn('unanswered_since', 'timestamptz')
    .execute()
  await db.schema
    .createIndex('entryway_account_host_index')
    .on('entryway_account')
    .column('host')
    .execute()
}
