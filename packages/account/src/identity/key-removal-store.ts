import type { Queries } from '../db/database.ts'
import { toDate } from '../db/timestamps.ts'

export interface NewKeyRemoval {
  readonly did: string
  readonly recoveryKey: string
  readonly dueAt: Date
}

/** A claim: the removal, and which of its claims. Whoever was overtaken changes nothing any more. */
export interface KeyRemovalClaim {
  readonly did: string
  /** This one included. */
  readonly attempts: number
}

export interface ClaimedKeyRemoval extends KeyRemovalClaim {
  readonly recoveryKey: string
  /** The update that was sent, or was to be sent, as JSON text. */
  readonly operation: string | null
  readonly isPublished: boolean
}

/** A recovery key, as mails name it. */
export interface RecoveryKeyState {
  /** The key of the account, as far as is known. */
  readonly recoveryKey: string | null
  readonly isEmailConfirmed: boolean
  readonly removal?: { readonly recoveryKey: string; readonly publishedAt: Date | null }
}

/** Recovery keys that are to leave their DIDs. */
export interface KeyRemovalStore {
  insert(removal: NewKeyRemoval): Promise<void>
  /**
   * Claims removals that are due, of accounts that are not deleted and whose DIDs are published, until `leaseEnd`. Concurrent
   * callers get different ones.
   */
  claim(options: {
    readonly now: Date
    readonly leaseEnd: Date
    readonly limit: number
  }): Promise<readonly ClaimedKeyRemoval[]>
  /** Makes due now what failed and would be due later. */
  bringForward(now: Date): Promise<void>
  /** Stores an update before it is sent; false if the claim was overtaken. */
  storeOperation(claim: KeyRemovalClaim, operation: string): Promise<boolean>
  /** Due again at `nextAttemptAt`. */
  postpone(claim: KeyRemovalClaim, reason: string, nextAttemptAt: Date): Promise<void>
  /** The directory has the update; due again at `lastLookAt`. False if the claim was overtaken. */
  markPublished(
    claim: KeyRemovalClaim,
    times: { readonly at: Date; readonly lastLookAt: Date },
  ): Promise<boolean>
  /** Forgets a removal that is over; false if the claim was overtaken. */
  remove(claim: KeyRemovalClaim): Promise<boolean>
  /** Stores which recovery key the DID has now. */
  adoptKey(did: string, recoveryKey: string | null): Promise<void>
  findState(did: string): Promise<RecoveryKeyState | undefined>
}

export function createKeyRemovalStore(queries: Queries): KeyRemovalStore {
  const update = ({ did, attempts }: KeyRemovalClaim) =>
    queries
      .updateTable('recovery_key_removal')
      .where('did', '=', did)
      .where('attempts', '=', attempts)

  return {
    insert: async ({ did, recoveryKey, dueAt }) => {
      await queries
        .insertInto('recovery_key_removal')
        .values({ did, recovery_key: recoveryKey, next_attempt_at: dueAt })
        .execute()
    },

    claim: async ({ now, leaseEnd, limit }) => {
      const rows = await queries
        .with('due', (db) =>
          db
            .selectFrom('recovery_key_removal')
            .select('did')
            .where('next_attempt_at', '<=', now)
            .where((eb) =>
              eb.exists(
                eb
                  .selectFrom('account')
                  .innerJoin('did_operation', 'did_operation.did', 'account.did')
                  .select('account.did')
                  .whereRef('account.did', '=', 'recovery_key_removal.did')
                  .where('account.status', '<>', 'deleted')
                  .where('did_operation.published_at', 'is not', null),
              ),
            )
            .orderBy('next_attempt_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('recovery_key_removal')
        .from('due')
        .set((eb) => ({
          next_attempt_at: leaseEnd,
          attempts: eb('recovery_key_removal.attempts', '+', 1),
        }))
        .whereRef('recovery_key_removal.did', '=', 'due.did')
        .returning([
          'recovery_key_removal.did',
          'recovery_key_removal.recovery_key',
          'recovery_key_removal.operation',
          'recovery_key_removal.published_at',
          'recovery_key_removal.attempts',
        ])
        .execute()
      return rows.map((row) => ({
        did: row.did,
        recoveryKey: row.recovery_key,
        operation: row.operation,
        isPublished: row.published_at !== null,
        attempts: row.attempts,
      }))
    },

    bringForward: async (now) => {
      await queries
        .updateTable('recovery_key_removal')
        .set({ next_attempt_at: now })
        .where('last_error', 'is not', null)
        .where('next_attempt_at', '>', now)
        .execute()
    },

    storeOperation: async (claim, operation) => {
      const { numUpdatedRows } = await update(claim).set({ operation }).executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    postpone: async (claim, reason, nextAttemptAt) => {
      await update(claim).set({ next_attempt_at: nextAttemptAt, last_error: reason }).execute()
    },

    markPublished: async (claim, { at, lastLookAt }) => {
      const { numUpdatedRows } = await update(claim)
        .set({ published_at: at, next_attempt_at: lastLookAt, last_error: null })
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    remove: async ({ did, attempts }) => {
      const { numDeletedRows } = await queries
        .deleteFrom('recovery_key_removal')
        .where('did', '=', did)
        .where('attempts', '=', attempts)
        .executeTakeFirstOrThrow()
      return numDeletedRows === 1n
    },

    adoptKey: async (did, recoveryKey) => {
      await queries
        .updateTable('account')
        .set({ recovery_key: recoveryKey })
        .where('did', '=', did)
        .where('purged_at', 'is', null)
        .execute()
    },

    findState: async (did) => {
      const row = await queries
        .selectFrom('account')
        .leftJoin('recovery_key_removal', 'recovery_key_removal.did', 'account.did')
        .select([
          'account.recovery_key',
          'account.email_confirmed_at',
          'recovery_key_removal.recovery_key as leaving_key',
          'recovery_key_removal.published_at',
        ])
        .where('account.did', '=', did)
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        recoveryKey: row.recovery_key,
        isEmailConfirmed: row.email_confirmed_at !== null,
        ...(row.leaving_key !== null && {
          removal: {
            recoveryKey: row.leaving_key,
            publishedAt: row.published_at === null ? null : toDate(row.published_at),
          },
        }),
      }
    },
  }
}
