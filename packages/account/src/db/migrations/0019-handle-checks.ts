import type { Kysely } from 'kysely'

/**
 * Records when a handle of another domain last resolved to its account, and its consecutive
 * failures.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('handle_claim')
    .addColumn('checked_at', 'timestamptz')
    .addColumn('failed_checks', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
}
