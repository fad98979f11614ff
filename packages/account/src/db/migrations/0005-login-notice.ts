import type { Kysely } from 'kysely'

/** True if the next login is announced to the owner: the first one after a password reset. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('account')
    .addColumn('notify_of_login', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
}
