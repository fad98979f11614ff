import { type Kysely, sql } from 'kysely'

/**
 * A family of refresh tokens remembers more than the token before the current one, and if anybody has
 * used what came with the current one. Of sessions from before nobody knows, so they count as used.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('session')
    .addColumn('older_tokens', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
    .addColumn('is_used', 'boolean', (column) => column.notNull().defaultTo(true))
    .execute()
}
