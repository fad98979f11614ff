import type { Queries } from '../db/database.ts'
import type { DidUpdateKind } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

export type { DidUpdateKind } from '../db/tables.ts'

export interface NewUpdate {
  readonly did: string
  readonly kind: DidUpdateKind
  /** The key or the handle concerned. */
  readonly subject: string
  readonly dueAt: Date
}

/** An update and its number of claims. A claim that has been overtaken changes nothing. */
export interface UpdateClaim {
  readonly did: string
  readonly kind: DidUpdateKind
  /** Including this one. */
  readonly attempts: number
}

export interface ClaimedUpdate extends UpdateClaim {
  readonly subject: string
  /** The operation as JSON text, once signed. */
  readonly operation: string | null
  readonly isPublished: boolean
}

/** A recovery key, as named in mails. */
export interface RecoveryKeyState {
  /** The last known recovery key of the account. */
  readonly recoveryKey: string | null
  readonly isEmailConfirmed: boolean
  readonly removal?: { readonly recoveryKey: string; readonly publishedAt: Date | null }
}

/** Pending changes of DIDs, at most one of each kind per DID. */
export interface DidUpdateStore {
  /** Does nothing if one of the same kind is pending. */
  insert(update: NewUpdate): Promise<void>
  /**
   * Inserts an update claimed until `leaseEnd`, or claims the pending one if it has the same
   * subject and no live claim. Undefined otherwise.
   */
  reserve(
    update: Omit<NewUpdate, 'dueAt'>,
    times: { readonly now: Date; readonly leaseEnd: Date },
  ): Promise<ClaimedUpdate | undefined>
  /**
   * Claims due updates until `leaseEnd`, for published DIDs of accounts that are not deleted.
   * Concurrent callers get different ones.
   */
  claim(options: {
    readonly now: Date
    readonly leaseEnd: Date
    readonly limit: number
  }): Promise<readonly ClaimedUpdate[]>
  /** Makes failed updates due now. */
  bringForward(now: Date): Promise<void>
  /** Stores an operation before it is sent; false if the claim was overtaken. */
  storeOperation(claim: UpdateClaim, operation: string): Promise<boolean>
  /** Due again at `nextAttemptAt`. */
  postpone(claim: UpdateClaim, reason: string, nextAttemptAt: Date): Promise<void>
  /**
   * Records that the directory has the update, which is due again at `lastLookAt`. False if the
   * claim was overtaken.
   */
  markPublished(
    claim: UpdateClaim,
    times: { readonly at: Date; readonly lastLookAt: Date },
  ): Promise<boolean>
  /** Deletes a finished update; false if the claim was overtaken. */
  remove(claim: UpdateClaim): Promise<boolean>
  /** Stores the present recovery key of the DID. Locks the account. */
  adoptKey(did: string, recoveryKey: string | null): Promise<void>
  findRecoveryKey(did: string): Promise<RecoveryKeyState | undefined>
}

const CLAIM_COLUMNS = [
  'did_update.did',
  'did_update.kind',
  'did_update.subject',
  'did_update.operation',
  'did_update.published_at',
  'did_update.attempts',
] as const

export function createDidUpdateStore(queries: Queries): DidUpdateStore {
  const update = ({ did, kind, attempts }: UpdateClaim) =>
    queries
      .updateTable('did_update')
      .where('did', '=', did)
      .where('kind', '=', kind)
      .where('attempts', '=', attempts)

  return {
    insert: async ({ did, kind, subject, dueAt }) => {
      await queries
        .insertInto('did_update')
        .values({ did, kind, subject, next_attempt_at: dueAt })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },

    reserve: async ({ did, kind, subject }, { now, leaseEnd }) => {
      const row = await queries
        .insertInto('did_update')
        .values({ did, kind, subject, attempts: 1, next_attempt_at: leaseEnd })
        .onConflict((conflict) =>
          conflict
            .columns(['did', 'kind'])
            .doUpdateSet((eb) => ({
              attempts: eb('did_update.attempts', '+', 1),
              next_attempt_at: eb.ref('excluded.next_attempt_at'),
              last_error: null,
            }))
            .whereRef('did_update.subject', '=', 'excluded.subject')
            .where((eb) =>
              eb.or([
                eb('did_update.last_error', 'is not', null),
                eb('did_update.next_attempt_at', '<=', now),
              ]),
            ),
        )
        .returning(CLAIM_COLUMNS)
        .executeTakeFirst()
      return row && toClaim(row)
    },

    claim: async ({ now, leaseEnd, limit }) => {
      const rows = await queries
        .with('due', (db) =>
          db
            .selectFrom('did_update')
            .select(['did', 'kind'])
            .where('next_attempt_at', '<=', now)
            .where((eb) =>
              eb.exists(
                eb
                  .selectFrom('account')
                  .leftJoin('did_operation', 'did_operation.did', 'account.did')
                  .select('account.did')
                  .whereRef('account.did', '=', 'did_update.did')
                  .where('account.status', '<>', 'deleted')
                  // A DID without a row was created elsewhere.
                  .where((or) =>
                    or.or([
                      or('did_operation.did', 'is', null),
                      or('did_operation.published_at', 'is not', null),
                    ]),
                  ),
              ),
            )
            .orderBy('next_attempt_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('did_update')
        .from('due')
        .set((eb) => ({
          next_attempt_at: leaseEnd,
          attempts: eb('did_update.attempts', '+', 1),
          last_error: null,
        }))
        .whereRef('did_update.did', '=', 'due.did')
        .whereRef('did_update.kind', '=', 'due.kind')
        .returning(CLAIM_COLUMNS)
        .execute()
      return rows.map(toClaim)
    },

    bringForward: async (now) => {
      await queries
        .updateTable('did_update')
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

    remove: async ({ did, kind, attempts }) => {
      const { numDeletedRows } = await queries
        .deleteFrom('did_update')
        .where('did', '=', did)
        .where('kind', '=', kind)
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

    findRecoveryKey: async (did) => {
      const row = await queries
        .selectFrom('account')
        .leftJoin('did_update', (join) =>
          join
            .onRef('did_update.did', '=', 'account.did')
            .on('did_update.kind', '=', 'recovery-key'),
        )
        .select([
          'account.recovery_key',
          'account.email_confirmed_at',
          'did_update.subject',
          'did_update.published_at',
        ])
        .where('account.did', '=', did)
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        recoveryKey: row.recovery_key,
        isEmailConfirmed: row.email_confirmed_at !== null,
        ...(row.subject !== null && {
          removal: {
            recoveryKey: row.subject,
            publishedAt: row.published_at === null ? null : toDate(row.published_at),
          },
        }),
      }
    },
  }
}

function toClaim(row: {
  readonly did: string
  readonly kind: DidUpdateKind
  readonly subject: string
  readonly operation: string | null
  readonly published_at: Date | string | null
  readonly attempts: number
}): ClaimedUpdate {
  return {
    did: row.did,
    kind: row.kind,
    subject: row.subject,
    operation: row.operation,
    isPublished: row.published_at !== null,
    attempts: row.attempts,
  }
}
