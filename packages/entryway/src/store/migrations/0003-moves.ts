import { type Kysely, sql } from 'kysely'

/** The moves of accounts from host to host; `../tables.ts` describes the columns. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('entryway_move')
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('from_host', 'text', (column) =>
      column.notNull().references('entryway_host.did').onDelete('cascade'),
    )
    .addColumn('to_host', 'text', (column) =>
      column.notNull().references('entryway_host.did').onDelete('cascade'),
    )
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('started_at', 'timestamptz', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'timestamptz')
    .addColumn('last_error', 'text')
    .addColumn('sent_at', 'timestamptz')
    .addColumn('missing_blobs', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('finished_at', 'timestamptz')
    .addPrimaryKeyConstraint('entryway_move_pkey', ['did', 'from_host'])
    .execute()
  await db.schema
    .createIndex('entryway_move_unfinished_index')
    .on('entryway_move')
    .column('did')
    .unique()
    .where(sql.ref('finished_at'), 'is', null)
    .execute()
}
