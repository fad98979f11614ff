import type { Config } from '../config/load-config.ts'
import type { Logger } from '../logging/logger.ts'
import type { Database, OpeningDatabase } from './database.ts'

/**
 * Opens the configured database: PostgreSQL if a URL is set, otherwise the built-in one.
 *
 * @throws {DatabaseError}
 * @throws {LockedError}
 */
export async function openDatabase(config: Config, logger: Logger): Promise<Database> {
  return await (await beginOpening(config, logger)).database
}

/** Like {@link openDatabase}, but resolves once only waiting for the database is left. */
export async function beginOpening(config: Config, logger: Logger): Promise<OpeningDatabase> {
  // Loads only the driver in use.
  if (config.postgresUrl === undefined) {
    const { beginPglite } = await import('./pglite.ts')
    return await beginPglite(config.dataDirectory, logger)
  }
  const { openPostgres } = await import('./postgres.ts')
  const database = openPostgres({
    url: config.postgresUrl,
    migrationUrl: config.postgresMigrationUrl,
    poolSize: config.postgresPoolSize,
    preparedStatements: config.postgresPreparedStatements,
    connectTimeoutMs: config.postgresConnectTimeoutMs,
    queryTimeoutMs: config.postgresQueryTimeoutMs,
    logger,
  })
  return { database }
}
