import type { Kysely } from 'kysely'

/** An open database of either kind. */
export interface Database {
  /** For the account module, which uses its own schema. */
  readonly db: Kysely<unknown>
  /** The same database over a connection with a session, for migrations. */
  readonly migrations: Kysely<unknown>
  /** Location for logs and messages, without user and password. */
  readonly location: string
  /** Counts connections, for metrics; absent with a single connection. */
  readonly connections?: () => ConnectionCounts
  /** Resolves if the database answers. */
  ping(): Promise<void>
  /** Waits for current queries and closes everything. */
  close(): Promise<void>
}

/** A database being opened. */
export interface OpeningDatabase {
  /** Rejects with a {@link DatabaseError} if it cannot be used. */
  readonly database: Promise<Database>
}

export interface ConnectionCounts {
  readonly total: number
  readonly idle: number
  /** Callers waiting for a connection. */
  readonly waiting: number
}

/** The database cannot be used. The message explains what to do and contains no password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}
