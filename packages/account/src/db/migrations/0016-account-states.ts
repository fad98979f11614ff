import { type Kysely, sql } from 'kysely'

/** Adds deactivation, takedown references and session scopes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('account')
    .addColumn('deactivated_at', 'timestamptz')
    .addColumn('delete_after', 'timestamptz')
    .addColumn('takedown_ref', 'text')
    .addColumn('email_auth_factor', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
  await db.schema.alterTable('account').dropConstraint('account_status_check').execute()
  await db.schema
    .alterTable('account')
    .addCheckConstraint(
      'account_status_check',
      sql`status in ('pending', 'active', 'deactivated', 'disabled', 'deleted')`,
    )
    .execute()
  await db.schema
    .alterTable('session')
    .addColumn('scope', 'text', (column) => column.notNull().defaultTo('access'))
    .addColumn('app_password', 'text')
    .execute()
  await db.schema
    .alterTable('session')
    .addCheckConstraint(
      'session_scope_check',
      sql`scope in ('access', 'appPass', 'appPassPrivileged', 'takendown')`,
    )
    .execute()
  await db.schema
    .createIndex('account_delete_after_index')
    .on('account')
    .column('delete_after')
    .where('delete_after', 'is not', null)
    .execute()
}
