import { type Kysely, sql } from 'kysely'

/**
 * Groups reset requests by the requested address, not by account: an unknown address takes the same
 * path through the same index, in the same time.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('outbox').addColumn('request_key', 'text').execute()
  await db.schema.dropIndex('outbox_password_reset_key').execute()
  await db.schema
    .createIndex('outbox_request_key')
    .unique()
    .on('outbox')
    .column('request_key')
    .where(sql<boolean>`kind = 'password-reset' and failed_at is null`)
    .execute()
}
