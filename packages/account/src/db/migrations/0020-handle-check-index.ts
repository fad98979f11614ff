import { type Kysely, sql } from 'kysely'

/**
 * Finds the handles of other domains that are due for a check without reading all claims. On a
 * large table it may have been built before, concurrently.
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
