import { type Kysely, sql } from 'kysely'

/**
 * Points spent of each rate limit. Unlogged: counters are not worth a write-ahead log, and after
 * a crash or a fail-over they begin anew. Pages keep room for the next version of a row, which is
 * written with every request that counts.
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
