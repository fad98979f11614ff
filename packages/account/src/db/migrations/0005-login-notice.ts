import type { Kysely } from 'kysely'

/** Adds a flag for the first login after a password reset, which is announced to the owner. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('account')
    .addColumn('notify_of_login', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
}
