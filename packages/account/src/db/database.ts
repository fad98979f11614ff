import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { migrateSchema } from './migrate.ts'
import { type Migration, migrations } from './migrations.ts'
import { isTransactionConflict, withoutData } from './postgres-errors.ts'
import type { AccountTables } from './tables.ts'

/** The database itself or a transaction. */
export type Queries = Kysely<AccountTables>

/** The module's tables in the host's database. */
export interface Database<HostTables> {
  /** For single statements, each through {@link retryConflicts}. */
  readonly queries: Queries
  /**
   * Runs `body` in a transaction, at the default isolation level of the database. Retried after a
   * conflict, so `body` may touch only the database. `host` is the same transaction, typed with the
   * host's tables.
   *
   * `body` must use only the handed-in transaction: with a single connection (PGlite), a query
   * outside it waits forever.
   */
  transaction<Result>(
    body: (queries: Queries, host: Transaction<HostTables>) => Promise<Result>,
  ): Promise<Result>
  /** @param steps the module's own by default; otherwise those of a package beside it. */
  migrate(now: Date, steps?: readonly Migration[]): Promise<readonly string[]>
}

export function openDatabase<HostTables>(
  host: Kysely<HostTables>,
  schema: string,
): Database<HostTables> {
  // The host's plugins (such as camel case) apply to its own tables only.
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
 * Retries `attempt` with full jitter after a conflict (40001, 40P01). Every query of the module
 * goes through here, so this also removes quoted data from errors.
 */
export async function retryConflicts<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      if (count === MAX_ATTEMPTS || !isTransactionConflict(error)) throw withoutData(error)
      await sleep(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** count, MAX_PAUSE_MS))
    }
  }
}
