import { type Kysely, sql } from 'kysely'

/** Makes the removal of recovery keys one of several kinds of DID update. */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await db.schema.alterTable('recovery_key_removal').renameTo('did_update').execute()
  await db.schema.alterTable('did_update').renameColumn('recovery_key', 'subject').execute()
  await db.schema
    .alterTable('did_update')
    .addColumn('kind', 'text', (column) => column.notNull().defaultTo('recovery-key'))
    .execute()
  await db.schema
    .alterTable('did_update')
    .alterColumn('kind', (column) => column.dropDefault())
    .execute()
  await db.schema.alterTable('did_update').dropConstraint('recovery_key_removal_pkey').execute()
  await db.schema
    .alterTable('did_update')
    .addPrimaryKeyConstraint('did_update_pkey', ['did', 'kind'])
    .execute()
  const table = sql.id(schema, 'did_update')
  await sql`alter table ${table} rename constraint recovery_key_removal_did_fkey to did_update_did_fkey`.execute(
    db,
  )
  const index = sql.id(schema, 'recovery_key_removal_due_index')
  await sql`alter index ${index} rename to did_update_due_index`.execute(db)
  // The logs of imported accounts have not been read yet.
  await sql`
    insert into ${table} (did, kind, subject, next_attempt_at)
    select did, 'look', '', now() from ${sql.id(schema, 'account')} account
    where status <> 'deleted' and did like 'did:plc:%' and not exists (
      select from ${sql.id(schema, 'did_log')} did_log where did_log.did = account.did
    )`.execute(db)
}
