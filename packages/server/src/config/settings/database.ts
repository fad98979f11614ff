import { connectionUrl, integer, oneOf, schemaName } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** True if statements are prepared; `auto` prepares them on direct connections. */
export type PreparedStatements = 'auto' | 'true' | 'false'

/** The database and its limits. */
export interface DatabaseValues {
  readonly postgresUrl: string | undefined
  readonly postgresMigrationUrl: string | undefined
  readonly postgresSchema: string
  readonly postgresPoolSize: number
  readonly postgresPreparedStatements: PreparedStatements
  readonly postgresConnectTimeoutMs: number
  readonly postgresQueryTimeoutMs: number
}

const postgres = connectionUrl('postgres', 'postgresql')

export const databaseSettings: SettingsOf<DatabaseValues> = {
  postgresUrl: {
    name: 'PDS_DB_POSTGRES_URL',
    otherwise: 'built-in database',
    description:
      'URL of PostgreSQL, direct or through PgBouncer. Percent-encode reserved characters in user and password.',
    read: postgres,
  },
  postgresMigrationUrl: {
    name: 'PDS_DB_POSTGRES_MIGRATION_URL',
    otherwise: '`PDS_DB_POSTGRES_URL`',
    description: 'Direct connection for migrations if the other one goes through PgBouncer.',
    read: postgres,
  },
  postgresSchema: {
    name: 'PDS_DB_POSTGRES_SCHEMA',
    default: 'lexwright_account',
    description: "Schema of the account module's tables.",
    read: schemaName,
  },
  postgresPoolSize: {
    name: 'PDS_DB_POSTGRES_POOL_SIZE',
    default: '10',
    description: 'Maximum connections to PostgreSQL.',
    read: integer(1, 1000),
  },
  postgresPreparedStatements: {
    name: 'PDS_DB_POSTGRES_PREPARED_STATEMENTS',
    default: 'auto',
    description:
      'Prepare statements once per connection: `true`, `false`, or `auto`, which prepares them unless a pooler is in between.',
    read: oneOf('auto', 'true', 'false'),
  },
  postgresConnectTimeoutMs: {
    name: 'PDS_DB_POSTGRES_CONNECT_TIMEOUT_MS',
    default: '5000',
    description: 'Timeout for a connection, in milliseconds.',
    read: integer(1),
  },
  postgresQueryTimeoutMs: {
    name: 'PDS_DB_POSTGRES_QUERY_TIMEOUT_MS',
    default: '15000',
    description: 'Timeout of a query, in milliseconds, after which its connection is closed.',
    read: integer(1),
  },
}
