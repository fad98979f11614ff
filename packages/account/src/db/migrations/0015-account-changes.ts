import { type Kysely, sql } from 'kysely'

/**
 * Records every change to an account for polling hosts: written with the change, numbered after
 * commit.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema
    .createTable('account_change')
    .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('seq', 'bigint', (column) => column.unique())
    .addColumn('did', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('detail', 'jsonb', (column) => column.notNull())
    .addColumn('at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('account_change_unnumbered_index')
    .on('account_change')
    .column('id')
    .where(sql.ref('seq'), 'is', null)
    .execute()
  await db.schema
    .createIndex('account_change_did_index')
    .on('account_change')
    .column('did')
    .execute()
  await db.schema.createIndex('account_change_at_index').on('account_change').column('at').execute()
  await db.schema
    .createTable('change_sequence')
    .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('last', 'bigint', (column) => column.notNull())
    .execute()
  await sql`insert into ${sql.id(schema, 'change_sequence')} (id, last) values (1, 0)`.execute(db)
}
