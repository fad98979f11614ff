import { type Kysely, sql } from 'kysely'

/**
 * Points spent per rate limit. Unlogged: counters are not worth a write-ahead log, and restart
 * after a crash or a fail-over. The fill factor leaves room in the page for the next version of a
 * row, which every counted request writes.
 */
export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await sql`
    create unlogged table ${sql.id(schema, 'rate_limit')} (
      key text not null,
      spent integer not null,
      resets_at timestamptz not null,
      constraint rate_limit_pkey primary key (key)
    ) with (fillfactor = 70)`.execute(db)
  await db.schema
    .createIndex('rate_limit_resets_at_index')
    .on('rate_limit')
    .column('resets_at')
    .execute()
}
