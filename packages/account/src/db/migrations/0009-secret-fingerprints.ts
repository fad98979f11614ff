import { type Kysely, sql } from 'kysely'

/** Fingerprints of the secrets used with the database, to detect a start with other ones. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('secret_fingerprint')
    .addColumn('id', 'bigint', (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('noted_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint('secret_fingerprint_key', ['name', 'fingerprint'])
    .execute()
}
