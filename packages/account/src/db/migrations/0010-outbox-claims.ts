import { type Kysely, sql } from 'kysely'

/**
 * Mails get ids that no copy of the database gives to another one, and a mail that is being sent can be told from one that
 * waits after a failure, which a new request may bring forward.
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
