import { type Kysely, sql } from 'kysely'

/** Adds former, pending and reserved signing keys. */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema
    .alterTable('signing_key')
    .addColumn('activated_at', 'timestamptz')
    .addColumn('retired_at', 'timestamptz')
    .execute()
  await sql`update ${sql.id(schema, 'signing_key')} set activated_at = created_at`.execute(db)
  await db.schema.alterTable('signing_key').dropConstraint('signing_key_pkey').execute()
  await db.schema
    .alterTable('signing_key')
    .addPrimaryKeyConstraint('signing_key_pkey', ['public_key'])
    .execute()
  await db.schema.createIndex('signing_key_did_index').on('signing_key').column('did').execute()
  await db.schema
    .createIndex('signing_key_current_key')
    .unique()
    .on('signing_key')
    .column('did')
    .where(sql.ref('activated_at'), 'is not', null)
    .where(sql.ref('retired_at'), 'is', null)
    .execute()
  await db.schema
    .createIndex('signing_key_retired_index')
    .on('signing_key')
    .column('retired_at')
    .where(sql.ref('retired_at'), 'is not', null)
    .execute()
  await db.schema
    .createTable('reserved_key')
    .addColumn('public_key', 'text', (column) => column.primaryKey())
    .addColumn('did', 'text', (column) => column.unique())
    .addColumn('private_key_sealed', 'bytea', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('reserved_key_expires_at_index')
    .on('reserved_key')
    .column('expires_at')
    .execute()
}
