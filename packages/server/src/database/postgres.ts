import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { PreparedStatements } from '../config/settings/database.ts'
import { type Database, DatabaseError } from './database.ts'
import { createStatementNames } from './statement-names.ts'

export interface PostgresOptions {
  readonly url: string
  /** A direct connection for migrations, if `url` goes through PgBouncer. */
  readonly migrationUrl?: string | undefined
  readonly poolSize: number
  /** True if statements are prepared once per connection, by name. */
  readonly preparedStatements?: PreparedStatements
  readonly connectTimeoutMs: number
  readonly queryTimeoutMs: number
  /** Called when connections are lost. */
  readonly logger: { warn(fields: object, message: string): void }
}

/**
 * Opens a pool of connections to PostgreSQL. Sets nothing in the session and sends no startup
 * parameter but the application name, so it works through PgBouncer in transaction mode.
 *
 * @throws {DatabaseError} if the server does not answer or refuses the connection.
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const location = describeUrl(options.url)
  const isDirect = await askWhetherDirect(options).catch((cause: unknown) => {
    throw new DatabaseError(`PostgreSQL at ${location} cannot be used: ${reason(cause)}`, { cause })
  })
  const { preparedStatements = 'auto' } = options
  const prepares = preparedStatements === 'auto' ? isDirect : preparedStatements === 'true'
  const Client = prepares ? PreparingClient : ClosingClient
  const { db, pool } = connect(options.url, options.poolSize, { ...options, Client })
  const migrationDb =
    options.migrationUrl === undefined
      ? db
      : connect(options.migrationUrl, 1, { ...options, Client: ClosingClient }).db
  const close = async () => {
    await Promise.all([db.destroy(), ...(migrationDb === db ? [] : [migrationDb.destroy()])])
  }
  return {
    db,
    migrations: migrationDb,
    location,
    connections: () => ({
      total: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    ping: async () => {
      await sql`select 1`.execute(db)
    },
    close,
  }
}

/**
 * True if a connection is a direct session: the process id assigned when it opened exists on the
 * server. A pooler, which may give each transaction another session, makes one up.
 */
async function askWhetherDirect(options: PostgresOptions): Promise<boolean> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'lexwright',
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
  })
  // Errors also reject the pending call.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const { processID } = client as unknown as { readonly processID: number | null }
    return rows[0]?.pid === processID
  } finally {
    await client.end().catch(() => {})
  }
}

function connect(
  url: string,
  size: number,
  options: PostgresOptions & { readonly Client: typeof pg.Client },
): { db: Kysely<unknown>; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: url,
    Client: options.Client,
    application_name: 'lexwright',
    max: size,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    idleTimeoutMillis: 60_000,
    // Limits how long a connection stays with a former primary after a fail-over.
    maxLifetimeSeconds: 1800,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  // A broken connection emits an error, idle or in use; without a listener it would end the
  // process.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => {
    options.logger.warn({ error: error.message }, 'a database connection was lost')
  })
  return { db: new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }), pool }
}

/**
 * Error codes of a server that is shutting down or has become a replica (25006): further queries on
 * this connection would also fail, and a new connection may reach its successor.
 */
const GONE = /^(?:08...|25006|57P0[1-3])$/

/**
 * A client that closes its connection once it is useless, so the pool opens another one: on a
 * server that is shutting down, and on a query that takes too long. The driver alone would return
 * the connection while the server still works on it, or hang on a dead server, and the next caller
 * would wait behind it.
 */
class ClosingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as (...args: unknown[]) => unknown
    this.query = ((...args: unknown[]) => {
      const result = query(...args)
      if (result instanceof Promise) {
        result.catch((error: unknown) => {
          const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
          const isLost =
            message === 'Query read timeout' || (typeof code === 'string' && GONE.test(code))
          // Closes at once while a query is running, so a server that does not answer cannot delay it.
          if (isLost) void this.end()
        })
      }
      return result
    }) as typeof this.query
  }
}

const nameOf = createStatementNames()

/** A client that prepares each statement on first use. Requires a session per connection. */
class PreparingClient extends ClosingClient {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as (...args: unknown[]) => unknown
    this.query = ((text: unknown, values: unknown, ...more: unknown[]) => {
      const name =
        typeof text === 'string' && Array.isArray(values) && values.length > 0
          ? nameOf(text)
          : undefined
      return name === undefined
        ? query(text, values, ...more)
        : query({ name, text, values }, ...more)
    }) as typeof this.query
  }
}

/** Host, port and database. */
function describeUrl(text: string): string {
  const { host, pathname, searchParams } = new URL(text)
  return `${host || searchParams.get('host') || 'local socket'}${pathname}`
}

/**
 * The cause, as named by the system or the server. A host with several addresses fails once for
 * each.
 */
function reason(cause: unknown): string {
  const { code, message, errors } = cause as {
    readonly code?: unknown
    readonly message?: unknown
    readonly errors?: readonly unknown[]
  }
  if (errors?.[0] !== undefined) return reason(errors[0])
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name cannot be resolved'
  return String(message)
}
