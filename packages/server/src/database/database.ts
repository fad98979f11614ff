import type { Kysely } from 'kysely'

/** A database that is open, whichever it is. */
export interface Database {
  /** For the account module; its own schema is inside. */
  readonly db: Kysely<unknown>
  /** The same database over a connection that keeps its session, for migrations. */
  readonly migrations: Kysely<unknown>
  /** Where it is, for people. No user, no password. */
  readonly location: string
  /** Connections now, when there is more than one; for the metrics. */
  readonly connections?: () => ConnectionCounts
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** Waits for queries under way, and lets go of everything. */
  close(): Promise<void>
}

/** A database that is being opened. */
export interface OpeningDatabase {
  /** Rejects with a {@link DatabaseError} when it cannot be used. */
  readonly database: Promise<Database>
}

export interface ConnectionCounts {
  readonly total: number
  readonly idle: number
  /** Callers waiting for a connection. */
  readonly waiting: number
}

/** The database cannot be used. The message says what to do, and holds no password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}
