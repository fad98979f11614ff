import { type Kysely, sql } from 'kysely'

/** Mirrors every operation of a DID, to know its document without the directory. */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema
    .createTable('did_log')
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('is_nullified', 'boolean', (column) => column.notNull().defaultTo(false))
    .addPrimaryKeyConstraint('did_log_pkey', ['did', 'position'])
    .execute()
  await sql`
    insert into ${sql.id(schema, 'did_log')} (did, position, operation)
    select did, 0, operation from ${sql.id(schema, 'did_operation')}`.execute(db)
}
