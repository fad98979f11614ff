import { sql } from 'kysely'
import { openPostgres, type PostgresOptions } from '../../../server/src/database/postgres.ts'

/** Runs a statement with a parameter and counts the prepared statements of its session. */
export async function countPrepared(
  url: string,
  options: Pick<PostgresOptions, 'preparedStatements'> = {},
): Promise<number> {
  const { db, close } = await openPostgres({
    ...options,
    url,
    poolSize: 1,
    connectTimeoutMs: 60_000,
    queryTimeoutMs: 60_000,
    logger: { warn: () => {} },
  })
  try {
    await sql`select ${1}::int`.execute(db)
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from pg_prepared_statements where name like 'lexwright%'
    `.execute(db)
    return rows[0]?.count ?? 0
  } finally {
    await close()
  }
}
