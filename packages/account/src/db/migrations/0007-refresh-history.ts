import { type Kysely, sql } from 'kysely'

/**
 * Stores several former tokens per refresh token family, and whether the current ones were used.
 * Older sessions count as used.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('session')
    .addColumn('older_tokens', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
    .addColumn('is_used', 'boolean', (column) => column.notNull().defaultTo(true))
    .execute()
}
