import { type Kysely, sql } from 'kysely'

/**
 * Gives mails random ids, which stay unique across copies of the database, and distinguishes a mail
 * being sent from one waiting after a failure, which a new request may bring forward.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('outbox')
    .addColumn('message_id', 'text', (column) =>
      column.notNull().defaultTo(sql`gen_random_uuid()::text`),
    )
    .addColumn('is_claimed', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
}
