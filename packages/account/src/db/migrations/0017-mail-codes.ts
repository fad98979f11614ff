import type { Kysely } from 'kysely'

/** Adds mail codes by purpose, and lets a mail have its own address or message. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('mail_code')
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('mail_code_pkey', ['did', 'purpose'])
    .execute()
  await db.schema
    .alterTable('outbox')
    .addColumn('address', 'text')
    .addColumn('content', 'text')
    .execute()
}
