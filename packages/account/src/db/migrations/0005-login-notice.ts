import type { Kysely } from 'kysely'

/** True if the owner is to hear of the next login: the first one with a password that was reset. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('account')
    .addColumn('notify_of_login', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
}
