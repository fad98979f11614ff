import type { Kysely } from 'kysely'

/** Remembers when a handle of another domain was last found to lead to its account, and how often in a row it was not. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('handle_claim')
    .addColumn('checked_at', 'timestamptz')
    .addColumn('failed_checks', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
}
