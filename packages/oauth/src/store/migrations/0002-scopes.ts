import type { Kysely } from 'kysely'

/** Adds long scopes, to which tokens for resource servers elsewhere refer. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oauth_scope')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('used_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('oauth_scope_used_at_index')
    .on('oauth_scope')
    .column('used_at')
    .execute()
}
