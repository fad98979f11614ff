import type { Kysely } from 'kysely'

/** Adds pending updates of hosts; `../tables.ts` documents the columns. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('entryway_outbox')
    .addColumn('did', 'text', (column) =>
      column.primaryKey().references('entryway_account.did').onDelete('cascade'),
    )
    .addColumn('has_handle', 'boolean', (column) => column.notNull())
    .addColumn('has_status', 'boolean', (column) => column.notNull())
    .addColumn('has_removal', 'boolean', (column) => column.notNull())
    .addColumn('changes', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('changed_at', 'timestamptz', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'timestamptz', (column) => column.notNull())
    .addColumn('claimed_until', 'timestamptz')
    .addColumn('last_error', 'text')
    .execute()
  await db.schema
    .createIndex('entryway_outbox_due_index')
    .on('entryway_outbox')
    .column('next_attempt_at')
    .execute()
}
