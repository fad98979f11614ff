import { type Kysely, sql } from 'kysely'

/**
 * Adds moves from PDSes that are not hosts, which `from_host` names by their URLs; `../tables.ts`
 * documents the columns. Renames the step `lead`.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema
    .alterTable('entryway_move')
    .dropConstraint('entryway_move_from_host_fkey')
    .execute()
  await db.schema
    .alterTable('entryway_move')
    .addColumn('signing_key', 'text')
    .addColumn('preferences', 'text')
    .execute()
  await sql`update ${sql.id(schema, 'entryway_move')} set step = 'identity' where step = 'lead'`.execute(
    db,
  )
}
