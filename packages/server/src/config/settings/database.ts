import { connectionUrl, integer, oneOf, schemaName } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/** True if statements are prepared; `auto` where every connection is a session of its own. */
export type PreparedStatements = 'auto' | 'true' | 'false'

/** Which database, and how much of it. */
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
      'PostgreSQL to use, directly or through PgBouncer. Reserved characters in user and password are percent-encoded.',
    read: postgres,
  },
  postgresMigrationUrl: {
    name: 'PDS_DB_POSTGRES_MIGRATION_URL',
    otherwise: '`PDS_DB_POSTGRES_URL`',
    description: 'Direct connection for migrations, when the other one goes through PgBouncer.',
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
    description: 'Connections to PostgreSQL at most.',
    read: integer(1, 1000),
  },
  postgresPreparedStatements: {
    name: 'PDS_DB_POSTGRES_PREPARED_STATEMENTS',
    default: 'auto',
    description:
      'Whether statements are prepared once per connection: `true`, `false`, or `auto`, which does it when no pooler is in between.',
    read: oneOf('auto', 'true', 'false'),
  },
  postgresConnectTimeoutMs: {
    name: 'PDS_DB_POSTGRES_CONNECT_TIMEOUT_MS',
    default: '5000',
    description: 'How long to wait for a connection, in milliseconds.',
    read: integer(1),
  },
  postgresQueryTimeoutMs: {
    name: 'PDS_DB_POSTGRES_QUERY_TIMEOUT_MS',
    default: '15000',
    description: 'How long a query may take, in milliseconds. Its connection is closed then.',
    read: integer(1),
  },
}
