import type { Queries } from '../db/database.ts'
import type { DidUpdateKind } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

export type { DidUpdateKind } from '../db/tables.ts'

export interface NewUpdate {
  readonly did: string
  readonly kind: DidUpdateKind
  /** The key, or the handle, that it is about. */
  readonly subject: string
  readonly dueAt: Date
}

/** A claim: the update, and which of its claims. Whoever was overtaken changes nothing any more. */
export interface UpdateClaim {
  readonly did: string
  readonly kind: DidUpdateKind
  /** This one included. */
  readonly attempts: number
}

export interface ClaimedUpdate extends UpdateClaim {
  readonly subject: string
  /** The operation that was sent, or was to be sent, as JSON text. */
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

/** Changes that DIDs are to undergo: one of each kind at most. */
export interface DidUpdateStore {
  /** Does nothing if one of its kind is there. */
  insert(update: NewUpdate): Promise<void>
  /**
   * Inserts an update that is claimed until `leaseEnd`, or claims the one that is there, if it is about the same and nobody
   * is at it. Undefined otherwise.
   */
  reserve(
    update: Omit<NewUpdate, 'dueAt'>,
    times: { readonly now: Date; readonly leaseEnd: Date },
  ): Promise<ClaimedUpdate | undefined>
  /**
   * Claims updates that are due, of accounts that are not deleted and whose DIDs are published, until `leaseEnd`. Concurrent
   * callers get different ones.
   */
  claim(options: {
    readonly now: Date
    readonly leaseEnd: Date
    readonly limit: number
  }): Promise<readonly ClaimedUpdate[]>
  /** Makes due now what failed and would be due later. */
  bringForward(now: Date): Promise<void>
  /** Stores an operation before it is sent; false if the claim was overtaken. */
  storeOperation(claim: UpdateClaim, operation: string): Promise<boolean>
  /** Due again at `nextAttemptAt`. */
  postpone(claim: UpdateClaim, reason: string, nextAttemptAt: Date): Promise<void>
  /** The directory has the update; due again at `lastLookAt`. False if the claim was overtaken. */
  markPublished(
    claim: UpdateClaim,
    times: { readonly at: Date; readonly lastLookAt: Date },
  ): Promise<boolean>
  /** Forgets an update that is over; false if the claim was overtaken. */
  remove(claim: UpdateClaim): Promise<boolean>
  /** Stores which recovery key the DID has now. Locks the account. */
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
                  // Without a row the DID came from elsewhere.
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
