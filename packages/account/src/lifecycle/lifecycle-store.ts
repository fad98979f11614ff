import { type ExpressionBuilder, sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import type { AccountTables } from '../db/tables.ts'

export interface Deletion {
  readonly did: string
  readonly deletedAt: Date
  readonly purgeAfter: Date
}

export interface Deactivation {
  readonly did: string
  readonly at: Date
  /** Date of deletion; null for never. */
  readonly deleteAfter: Date | null
}

/** Status changes of accounts after their creation. */
export interface LifecycleStore {
  /** Disables an active or deactivated account and increments its epoch; false if it is neither. */
  disable(takedown: {
    readonly did: string
    readonly at: Date
    readonly ref: string | null
  }): Promise<boolean>
  /** Returns a disabled account to its former status; false if it is not disabled. */
  enable(did: string): Promise<boolean>
  /** Deactivates a usable account; a disabled one stays disabled. False if it is not usable. */
  deactivate(deactivation: Deactivation): Promise<boolean>
  /** `deactivated` → `active`; false if it is not deactivated. */
  activate(did: string, at: Date): Promise<boolean>
  /** Deactivated accounts due for deletion by their owners' choice. */
  findDeletable(now: Date, limit: number): Promise<readonly string[]>
  /** Marks a usable account as deleted and increments its epoch; false if it was not usable. */
  markDeleted(deletion: Deletion): Promise<boolean>
  /**
   * Undoes a deletion within its grace period: the account returns to its former status, with its
   * epoch still incremented. Undefined if there is nothing to undo.
   */
  restore(did: string, now: Date): Promise<{ readonly handle: string } | undefined>
  /**
   * Deleted accounts whose grace period has ended by `now` and whose last mails are sent, by DID.
   */
  findPurgeable(query: {
    readonly now: Date
    /** Mails queued earlier do not delay the purge. */
    readonly mailsSince: Date
    /** The last DID of the previous page. */
    readonly after: string
    readonly limit: number
  }): Promise<readonly string[]>
  /**
   * Removes all personal data of a deleted account; its DID stays, and its handle until {@link
   * releaseHandles}. False if it is not deleted or already purged.
   *
   * @param options.dueBy only if its grace period has ended by then.
   */
  purge(did: string, options: { readonly at: Date; readonly dueBy?: Date }): Promise<boolean>
  /** Releases the handles of accounts purged before a moment, `limit` at most; returns how many. */
  releaseHandles(purgedBefore: Date, limit: number): Promise<number>
}

/** The status without a takedown or a deletion. */
function beforeTakedown(eb: ExpressionBuilder<AccountTables, 'account'>) {
  return eb
    .case()
    .when('deactivated_at', 'is', null)
    .then('active' as const)
    .else('deactivated' as const)
    .end()
}

export function createLifecycleStore(queries: Queries): LifecycleStore {
  return {
    disable: async ({ did, at, ref }) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set((eb) => ({
          status: 'disabled',
          disabled_at: at,
          takedown_ref: ref,
          session_epoch: eb('session_epoch', '+', 1),
        }))
        .where('did', '=', did)
        .where('status', 'in', ['active', 'deactivated'])
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    enable: async (did) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set((eb) => ({
          status: beforeTakedown(eb),
          disabled_at: null,
          takedown_ref: null,
        }))
        .where('did', '=', did)
        .where('status', '=', 'disabled')
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    deactivate: async ({ did, at, deleteAfter }) => {
      const row = await queries
        .updateTable('account')
        .set((eb) => ({
          status: eb
            .case()
            .when('status', '=', 'active')
            .then('deactivated' as const)
            .else(eb.ref('status'))
            .end(),
          deactivated_at: sql<Date>`coalesce(deactivated_at, ${at})`,
          delete_after: deleteAfter,
        }))
        .where('did', '=', did)
        .where('status', 'in', ['active', 'deactivated', 'disabled'])
        .returning('did')
        .executeTakeFirst()
      return row !== undefined
    },

    activate: async (did, at) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set({
          status: 'active',
          deactivated_at: null,
          delete_after: null,
          activated_at: sql<Date>`coalesce(activated_at, ${at})`,
        })
        .where('did', '=', did)
        .where('status', '=', 'deactivated')
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    findDeletable: async (now, limit) => {
      const rows = await queries
        .selectFrom('account')
        .select('did')
        .where('status', '=', 'deactivated')
        .where('delete_after', '<=', now)
        .orderBy('delete_after')
        .limit(limit)
        .execute()
      return rows.map((row) => row.did)
    },

    markDeleted: async ({ did, deletedAt, purgeAfter }) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set((eb) => ({
          status: 'deleted',
          deleted_at: deletedAt,
          purge_after: purgeAfter,
          session_epoch: eb('session_epoch', '+', 1),
        }))
        .where('did', '=', did)
        .where('status', 'in', ['active', 'deactivated', 'disabled'])
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    restore: async (did, now) => {
      const row = await queries
        .updateTable('account')
        .set((eb) => ({
          status: eb
            .case()
            .when('disabled_at', 'is', null)
            .then(beforeTakedown(eb))
            .else('disabled' as const)
            .end(),
          deleted_at: null,
          purge_after: null,
          // Otherwise it would be deleted again at once.
          delete_after: null,
        }))
        .where('did', '=', did)
        .where('status', '=', 'deleted')
        .where('purged_at', 'is', null)
        .where('purge_after', '>', now)
        .returning('handle')
        .executeTakeFirst()
      return row === undefined || row.handle === null ? undefined : { handle: row.handle }
    },

    findPurgeable: async ({ now, mailsSince, after, limit }) => {
      const rows = await queries
        .selectFrom('account')
        .select('did')
        .where('status', '=', 'deleted')
        .where('purged_at', 'is', null)
        .where('purge_after', '<=', now)
        .where('did', '>', after)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('outbox')
                .select('outbox.id')
                .whereRef('outbox.did', '=', 'account.did')
                .where('outbox.failed_at', 'is', null)
                .where('outbox.created_at', '>', mailsSince),
            ),
          ),
        )
        .orderBy('did')
        .limit(limit)
        .execute()
      return rows.map((row) => row.did)
    },

    purge: async (did, { at, dueBy }) => {
      // First: it locks the account row, as in every transaction on an account.
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set({
          email: null,
          email_canonical: null,
          password_hash: null,
          recovery_key: null,
          email_confirmed_at: null,
          invite_code: null,
          takedown_ref: null,
          delete_after: null,
          purged_at: at,
        })
        .where('did', '=', did)
        .where('status', '=', 'deleted')
        .where('purged_at', 'is', null)
        .$if(dueBy !== undefined, (query) => query.where('purge_after', '<=', dueBy ?? at))
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) return false
      await queries.deleteFrom('session').where('did', '=', did).execute()
      await queries.deleteFrom('reset_token').where('did', '=', did).execute()
      await queries.deleteFrom('mail_code').where('did', '=', did).execute()
      await queries.deleteFrom('outbox').where('did', '=', did).execute()
      await queries.deleteFrom('did_update').where('did', '=', did).execute()
      await queries.deleteFrom('signing_key').where('did', '=', did).execute()
      // A handle reserved by a pending change.
      await queries
        .deleteFrom('handle_claim')
        .where('did', '=', did)
        .where('held_until', 'is', null)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('account')
                .select('account.did')
                .whereRef('account.handle', '=', 'handle_claim.handle'),
            ),
          ),
        )
        .execute()
      // Operations contain the handle and the owner's recovery key.
      await queries.deleteFrom('did_operation').where('did', '=', did).execute()
      await queries.deleteFrom('did_log').where('did', '=', did).execute()
      return true
    },

    releaseHandles: async (purgedBefore, limit) => {
      const { numUpdatedRows } = await queries
        .with('held', (db) =>
          db
            .selectFrom('account')
            .select(['did', 'handle'])
            .where('purged_at', '<=', purgedBefore)
            .where('handle', 'is not', null)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .with('released', (db) =>
          db
            .deleteFrom('handle_claim')
            .using('held')
            .whereRef('handle_claim.did', '=', 'held.did')
            .whereRef('handle_claim.handle', '=', 'held.handle'),
        )
        .updateTable('account')
        .from('held')
        .set({ handle: null })
        .whereRef('account.did', '=', 'held.did')
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },
  }
}
