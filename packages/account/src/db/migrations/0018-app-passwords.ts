import type { Kysely } from 'kysely'

/** Adds app passwords and invite codes that belong to accounts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('app_password')
    .addColumn('did', 'text', (column) =>
      column.notNull().references('account.did').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('is_privileged', 'boolean', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('last_used_at', 'timestamptz')
    .addPrimaryKeyConstraint('app_password_pkey', ['did', 'name'])
    .execute()
  await db.schema.alterTable('invite_code').addColumn('for_account', 'text').execute()
  await db.schema
    .createIndex('invite_code_for_account_index')
    .on('invite_code')
    .column('for_account')
    .where('for_account', 'is not', null)
    .execute()
  await db.schema
    .alterTable('account')
    .addColumn('invites_disabled_at', 'timestamptz')
    .addColumn('invite_note', 'text')
    .execute()
}
