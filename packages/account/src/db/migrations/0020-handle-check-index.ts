import { type Kysely, sql } from 'kysely'

/**
 * Adds an index for handles of other domains that are due for a check. On a large table, build it
 * concurrently before the migration.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('handle_claim_checked_index')
    .ifNotExists()
    .on('handle_claim')
    .column('checked_at')
    .where(sql.ref('checked_at'), 'is not', null)
    .execute()
}
