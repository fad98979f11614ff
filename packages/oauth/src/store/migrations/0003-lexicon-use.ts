import { type Kysely, sql } from 'kysely'

/** Adds the time when a session last used a permission set: only those used are kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('oauth_lexicon').addColumn('used_at', 'timestamptz').execute()
  // Which of the present ones are used is unknown.
  await (db as Kysely<{ oauth_lexicon: { used_at: unknown } }>)
    .updateTable('oauth_lexicon')
    .set({ used_at: sql`now()` })
    .execute()
}
