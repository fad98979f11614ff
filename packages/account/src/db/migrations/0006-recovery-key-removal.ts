import { type Kysely, sql } from 'kysely'

/**
 * Adds recovery keys to remove from their DIDs, and the time when an address was first confirmed.
 *
 * A past reset confirmed the address. Accounts with a recovery key start unconfirmed: their key was
 * not checked at the time, and is removed by the next reset.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema.alterTable('account').addColumn('email_confirmed_at', 'timestamptz').execute()
  await sql`
    update ${sql.id(schema, 'account')} account set email_confirmed_at = reset.at
    from (
      select did, min(at) as at from ${sql.id(schema, 'audit_log')}
      where event = 'password.reset' and actor = 'owner' group by did
    ) reset
    where reset.did = account.did and account.recovery_key is null and account.purged_at is null`.execute(
    db,
  )
  await db.schema
    .createTable('recovery_key_removal')
    .addColumn('did', 'text', (column) =>
      column.primaryKey().references('account.did').onDelete('cascade'),
    )
    .addColumn('recovery_key', 'text', (column) => column.notNull())
    .addColumn('operation', 'text')
    .addColumn('published_at', 'timestamptz')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'timestamptz', (column) => column.notNull())
    .addColumn('last_error', 'text')
    .execute()
  await db.schema
    .createIndex('recovery_key_removal_due_index')
    .on('recovery_key_removal')
    .column('next_attempt_at')
    .execute()
}
