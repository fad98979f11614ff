import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import type { AccountTables } from '../db/tables.ts'

export interface NewDid {
  readonly did: string
  /** The signed genesis operation, as JSON text. */
  readonly operation: string
  /** Lease of the reserving process: no other process publishes it before. */
  readonly nextAttemptAt: Date
}

/** An operation claimed for publication by this process. */
export interface ClaimedOperation {
  readonly did: string
  readonly operation: string
  /** Including this one. */
  readonly attempts: number
}

/** The genesis operation of each DID and the progress of its publication. */
export interface DidStore {
  insert(did: NewDid): Promise<void>
  markPublished(did: string, at: Date): Promise<void>
  recordFailure(did: string, reason: string): Promise<void>
  /** Removes an operation from the queue until {@link wakeDeferred}. */
  defer(did: string): Promise<void>
  /** Returns deferred operations to the queue and counts them. */
  wakeDeferred(options: { readonly now: Date; readonly limit: number }): Promise<number>
  /** Makes waiting operations due now, except deferred ones. */
  bringForward(now: Date): Promise<void>
  /**
   * Claims due unpublished operations until `leaseEnd`, except those of deleted accounts.
   * Concurrent callers get different ones.
   */
  claim(options: {
    readonly now: Date
    readonly leaseEnd: Date
    readonly limit: number
  }): Promise<readonly ClaimedOperation[]>
  /** Due again at `nextAttemptAt`. */
  postpone(did: string, reason: string, nextAttemptAt: Date): Promise<void>
}

/** Due date of operations that wait for a directory. */
const FOR_EVER = sql<Date>`'infinity'::timestamptz`

/** Operations of deleted accounts are not published. */
function isWanted(eb: ExpressionBuilder<AccountTables, 'did_operation'>): Expression<SqlBool> {
  return eb.exists(
    eb
      .selectFrom('account')
      .select('account.did')
      .whereRef('account.did', '=', 'did_operation.did')
      .where('account.status', '<>', 'deleted'),
  )
}

export function createDidStore(queries: Queries): DidStore {
  return {
    insert: async (did) => {
      await queries
        .insertInto('did_operation')
        .values({
          did: did.did,
          operation: did.operation,
          next_attempt_at: did.nextAttemptAt,
        })
        .execute()
    },

    markPublished: async (did, at) => {
      await queries
        .updateTable('did_operation')
        .set({ published_at: at, last_error: null })
        .where('did', '=', did)
        .where('published_at', 'is', null)
        .execute()
    },

    recordFailure: async (did, reason) => {
      await queries
        .updateTable('did_operation')
        .set((eb) => ({ attempts: eb('attempts', '+', 1), last_error: reason }))
        .where('did', '=', did)
        .where('published_at', 'is', null)
        .execute()
    },

    defer: async (did) => {
      await queries
        .updateTable('did_operation')
        .set({ next_attempt_at: FOR_EVER, last_error: null })
        .where('did', '=', did)
        .where('published_at', 'is', null)
        .execute()
    },

    wakeDeferred: async ({ now, limit }) => {
      const { numUpdatedRows } = await queries
        .with('deferred', (db) =>
          db
            .selectFrom('did_operation')
            .select('did')
            .where('published_at', 'is', null)
            .where('next_attempt_at', '=', FOR_EVER)
            .where(isWanted)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('did_operation')
        .from('deferred')
        .set({ next_attempt_at: now })
        .whereRef('did_operation.did', '=', 'deferred.did')
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },

    bringForward: async (now) => {
      await queries
        .updateTable('did_operation')
        .set({ next_attempt_at: now })
        .where('published_at', 'is', null)
        .where('next_attempt_at', '>', now)
        .where('next_attempt_at', '<', FOR_EVER)
        .where('attempts', '>', 0)
        .execute()
    },

    claim: async ({ now, leaseEnd, limit }) => {
      // A subquery in the WHERE clause could be evaluated per row; a locking CTE runs once.
      return await queries
        .with('due', (db) =>
          db
            .selectFrom('did_operation')
            .select('did')
            .where('published_at', 'is', null)
            .where('next_attempt_at', '<=', now)
            .where(isWanted)
            .orderBy('next_attempt_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('did_operation')
        .from('due')
        .set((eb) => ({
          next_attempt_at: leaseEnd,
          attempts: eb('did_operation.attempts', '+', 1),
        }))
        .whereRef('did_operation.did', '=', 'due.did')
        .returning(['did_operation.did', 'did_operation.operation', 'did_operation.attempts'])
        .execute()
    },

    postpone: async (did, reason, nextAttemptAt) => {
      await queries
        .updateTable('did_operation')
        .set({ next_attempt_at: nextAttemptAt, last_error: reason })
        .where('did', '=', did)
        .where('published_at', 'is', null)
        .execute()
    },
  }
}
