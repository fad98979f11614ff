import { type Kysely, sql } from 'kysely'

/**
 * Makes handles unique in one table: accounts, pending changes and former owners all claim theirs
 * in it.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema
    .createTable('handle_claim')
    .addColumn('handle', 'text', (column) => column.primaryKey().check(sql`handle = lower(handle)`))
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('held_until', 'timestamptz')
    .execute()
  await db.schema.createIndex('handle_claim_did_index').on('handle_claim').column('did').execute()
  await db.schema
    .createIndex('handle_claim_held_index')
    .on('handle_claim')
    .column('held_until')
    .where(sql.ref('held_until'), 'is not', null)
    .execute()
  await sql`
    insert into ${sql.id(schema, 'handle_claim')} (handle, did)
    select handle, did from ${sql.id(schema, 'account')} where handle is not null`.execute(db)
}
