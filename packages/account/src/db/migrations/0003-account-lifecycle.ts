import { type Kysely, sql } from 'kysely'

/**
 * Accounts can be disabled, restored, purged and listed: adds the state before deletion, and
 * indexes for the operator and the purge.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema.alterTable('account').addColumn('disabled_at', 'timestamptz').execute()
  await sql`
    update ${sql.id(schema, 'account')} set disabled_at = now() where status = 'disabled'`.execute(
    db,
  )
  await db.schema
    .createIndex('account_created_at_index')
    .on('account')
    .columns(['created_at', 'did'])
    .execute()
  // Handles of purged accounts, until they are released.
  await db.schema
    .createIndex('account_held_handle_index')
    .on('account')
    .column('purged_at')
    .where(sql<boolean>`purged_at is not null and handle is not null`)
    .execute()
  await db.schema
    .createIndex('invite_code_created_at_index')
    .on('invite_code')
    .columns(['created_at', 'code'])
    .execute()
}
