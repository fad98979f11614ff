import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { migrateSchema } from './migrate.ts'
import { type Migration, migrations } from './migrations.ts'
import { isTransactionConflict, withoutData } from './postgres-errors.ts'
import type { AccountTables } from './tables.ts'

/** Where queries run: the database itself, or a transaction. */
export type Queries = Kysely<AccountTables>

/** The module's tables in the host's database. */
export interface Database<HostTables> {
  /** For single statements, each through {@link retryConflicts}. */
  readonly queries: Queries
  /**
   * Runs `body` in a transaction, at the isolation level the database is set to. It runs again when
   * it loses against a concurrent one, so it may touch nothing but the database. `host` is the same
   * transaction in the host's own terms.
   *
   * Inside, everything goes through what is handed in: a database with one connection (PGlite)
   * waits for ever on a query beside its open transaction.
   */
  transaction<Result>(
    body: (queries: Queries, host: Transaction<HostTables>) => Promise<Result>,
  ): Promise<Result>
  /** @param steps those of the module by default; those of a package beside it. */
  migrate(now: Date, steps?: readonly Migration[]): Promise<readonly string[]>
}

export function openDatabase<HostTables>(
  host: Kysely<HostTables>,
  schema: string,
): Database<HostTables> {
  // The host's plugins (say, camel case) are for the host's tables; ours are written as they are
  // called.
  const scope = (db: Kysely<HostTables>): Queries =>
    db.withoutPlugins().withSchema(schema) as unknown as Queries

  return {
    queries: scope(host),
    transaction: (body) =>
      retryConflicts(() => host.transaction().execute((tx) => body(scope(tx), tx))),
    migrate: (now, steps = migrations) =>
      migrateSchema(host.withoutPlugins() as Kysely<unknown>, { schema, now, steps }),
  }
}

const MAX_ATTEMPTS = 12
const FIRST_PAUSE_MS = 5
const MAX_PAUSE_MS = 250

/**
 * Runs `attempt` again, after a random pause, when a concurrent transaction made it fail (40001,
 * 40P01). Every query of the module goes through here, so this is also where errors lose the data
 * they quote.
 */
export async function retryConflicts<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      if (count === MAX_ATTEMPTS || !isTransactionConflict(error)) throw withoutData(error)
      // Full jitter: what collided once should not meet again.
      await sleep(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** count, MAX_PAUSE_MS))
    }
  }
}
