import { sql } from 'kysely'
import type { Queries } from '../db/database.ts'

/**
 * The claims on handles: by accounts, by pending changes, and by last owners, who may take them
 * back.
 */
export interface HandleClaimStore {
  /**
   * Claims a handle for an account; false if another one has it. With `isElsewhere`, for a handle
   * of another domain, its resolution is checked from then on.
   */
  claim(
    claim: HandleClaim & { readonly now: Date; readonly isElsewhere: boolean },
  ): Promise<boolean>
  /** Reserves a former handle of an account until `until`. */
  hold(claim: HandleClaim & { readonly until: Date }): Promise<void>
  release(claim: HandleClaim): Promise<void>
  /** True if no other account has a claim on it. */
  isFree(handle: string, options: { readonly now: Date; readonly did?: string }): Promise<boolean>
  /** True if an account has a claim on it. */
  isHeldFor(claim: HandleClaim): Promise<boolean>
  /** Assigns a handle to an account. Returns the former one; undefined if the account is purged. */
  assign(claim: HandleClaim): Promise<string | undefined>
  deleteExpired(before: Date, limit: number): Promise<void>
  /**
   * Takes claims that are due for a check, longest unchecked first, and marks them as checked now.
   */
  claimChecks(query: {
    readonly now: Date
    readonly checkedBefore: Date
    readonly limit: number
  }): Promise<readonly DueCheck[]>
  /**
   * Makes handles of other domains due if their checks are not scheduled yet, on one page of all
   * claims ordered by handle. Returns the last handle of the page; undefined if there is no page
   * left.
   */
  scheduleChecks(page: {
    /** Served domains. */
    readonly domains: readonly string[]
    /** The last handle of the previous page. */
    readonly after: string
    readonly limit: number
  }): Promise<string | undefined>
  /**
   * Returns the number of earlier consecutive failures; undefined if the account no longer has the
   * handle.
   */
  recordCheck(check: HandleClaim & { readonly isProven: boolean }): Promise<number | undefined>
}

export interface HandleClaim {
  readonly handle: string
  readonly did: string
}

export interface DueCheck extends HandleClaim {
  /** True if an active or deactivated account has the handle. */
  readonly isInUse: boolean
}

/** `checked_at` of a handle that has to be checked and has not been yet. */
const NEVER = new Date(0)

export function createHandleClaimStore(queries: Queries): HandleClaimStore {
  return {
    claim: async ({ handle, did, now, isElsewhere }) => {
      const row = await queries
        .insertInto('handle_claim')
        .values({ handle, did, checked_at: isElsewhere ? NEVER : null })
        .onConflict((conflict) =>
          conflict
            .column('handle')
            .doUpdateSet((eb) => ({
              did: eb.ref('excluded.did'),
              held_until: null,
              checked_at: eb.ref('excluded.checked_at'),
              failed_checks: 0,
            }))
            .where((eb) =>
              eb.or([eb('handle_claim.did', '=', did), eb('handle_claim.held_until', '<=', now)]),
            ),
        )
        .returning('handle')
        .executeTakeFirst()
      return row !== undefined
    },

    hold: async ({ handle, did, until }) => {
      await queries
        .updateTable('handle_claim')
        .set({ held_until: until })
        .where('handle', '=', handle)
        .where('did', '=', did)
        .execute()
    },

    release: async ({ handle, did }) => {
      await queries
        .deleteFrom('handle_claim')
        .where('handle', '=', handle)
        .where('did', '=', did)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb.selectFrom('account').select('account.did').where('account.handle', '=', handle),
            ),
          ),
        )
        .execute()
    },

    isFree: async (handle, { now, did = '' }) => {
      const row = await queries
        .selectFrom('handle_claim')
        .select('did')
        .where('handle', '=', handle)
        .where('did', '<>', did)
        .where((eb) => eb.or([eb('held_until', 'is', null), eb('held_until', '>', now)]))
        .executeTakeFirst()
      return row === undefined
    },

    isHeldFor: async ({ handle, did }) => {
      const row = await queries
        .selectFrom('handle_claim')
        .select('did')
        .where('handle', '=', handle)
        .where('did', '=', did)
        .executeTakeFirst()
      return row !== undefined
    },

    assign: async ({ handle, did }) => {
      const row = await queries
        .with('before', (db) =>
          db
            .selectFrom('account')
            .select(['did', 'handle'])
            .where('did', '=', did)
            .where('purged_at', 'is', null)
            .forUpdate(),
        )
        .updateTable('account')
        .from('before')
        .set({ handle })
        .whereRef('account.did', '=', 'before.did')
        .returning(sql<string | null>`before.handle`.as('previous'))
        .executeTakeFirst()
      return row?.previous ?? undefined
    },

    claimChecks: async ({ now, checkedBefore, limit }) => {
      const rows = await queries
        .with('due', (db) =>
          db
            .selectFrom('handle_claim')
            .select('handle')
            .where('checked_at', '<=', checkedBefore)
            .orderBy('checked_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('handle_claim')
        .from('due')
        .set({ checked_at: now })
        .whereRef('handle_claim.handle', '=', 'due.handle')
        .returning(['handle_claim.handle', 'handle_claim.did'])
        .returning((eb) =>
          eb
            .exists(
              eb
                .selectFrom('account')
                .select('account.did')
                .whereRef('account.handle', '=', 'handle_claim.handle')
                .where('account.status', 'in', ['active', 'deactivated']),
            )
            .as('is_in_use'),
        )
        .execute()
      return rows.map(({ handle, did, is_in_use: isInUse }) => ({
        handle,
        did,
        isInUse: Boolean(isInUse),
      }))
    },

    scheduleChecks: async ({ domains, after, limit }) => {
      const row = await queries
        .with('page', (db) =>
          db
            .selectFrom('handle_claim')
            .select(['handle', 'checked_at'])
            .where('handle', '>', after)
            .orderBy('handle')
            .limit(limit),
        )
        .with('scheduled', (db) =>
          db
            .updateTable('handle_claim')
            .from('page')
            .set({ checked_at: NEVER })
            .whereRef('handle_claim.handle', '=', 'page.handle')
            .where('page.checked_at', 'is', null)
            .where((eb) =>
              eb.and(domains.map((domain) => eb('page.handle', 'not like', `%${domain}`))),
            ),
        )
        .selectFrom('page')
        .select(({ fn }) => fn.max('page.handle').as('last'))
        .executeTakeFirst()
      return row?.last ?? undefined
    },

    recordCheck: async ({ handle, did, isProven }) => {
      const row = await queries
        .with('before', (db) =>
          db
            .selectFrom('handle_claim')
            .select(['handle', 'failed_checks'])
            .where('handle', '=', handle)
            .where('did', '=', did)
            .where('held_until', 'is', null)
            .forUpdate(),
        )
        .updateTable('handle_claim')
        .from('before')
        .set((eb) => ({
          failed_checks: isProven ? 0 : eb('handle_claim.failed_checks', '+', 1),
        }))
        .whereRef('handle_claim.handle', '=', 'before.handle')
        .returning(sql<number>`before.failed_checks`.as('before'))
        .executeTakeFirst()
      return row?.before
    },

    deleteExpired: async (before, limit) => {
      await queries
        .with('expired', (db) =>
          db
            .selectFrom('handle_claim')
            .select('handle')
            .where('held_until', '<=', before)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('handle_claim')
        .using('expired')
        .whereRef('handle_claim.handle', '=', 'expired.handle')
        .execute()
    },
  }
}
