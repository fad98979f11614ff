import type { Config } from '../config/load-config.ts'
import type { Database } from './database.ts'
import { openPglite } from './pglite.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'

/**
 * Opens the configured database: PostgreSQL when there is a URL, else the built-in one.
 *
 * @throws {DatabaseError}
 * @throws {LockedError}
 */
export function openDatabase(config: Config, logger: PostgresOptions['logger']): Promise<Database> {
  return config.postgresUrl === undefined
    ? openPglite(config.dataDirectory)
    : openPostgres({
        url: config.postgresUrl,
        migrationUrl: config.postgresMigrationUrl,
        poolSize: config.postgresPoolSize,
        preparedStatements: config.postgresPreparedStatements,
        connectTimeoutMs: config.postgresConnectTimeoutMs,
        queryTimeoutMs: config.postgresQueryTimeoutMs,
        logger,
      })
}
