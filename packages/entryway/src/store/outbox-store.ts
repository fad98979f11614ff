import { toDate } from '@lexwright/account/extension'
import { sql } from 'kysely'
import type { Host } from '../hosts/host.ts'
import { HOST_COLUMNS, toHost } from './host-store.ts'
import type { EntrywayQueries } from './tables.ts'

/**
 * - `handle`: sets the handle, and makes the host read the DID again.
 * - `status`: deactivates the account or takes it down, or undoes this.
 * - `removal`: removes the account from the host.
 */
export type HostUpdateKind = 'handle' | 'status' | 'removal'

/** An update that a change to an account requires. */
export interface NewUpdate {
  readonly did: string
  readonly kinds: readonly HostUpdateKind[]
  readonly at: Date
}

/** An update that this process runs until its claim ends. */
export interface ClaimedUpdate {
  readonly did: string
  readonly kinds: readonly HostUpdateKind[]
  /** Including this one. */
  readonly attempts: number
  /** Number of changes so far. */
  readonly changes: number
}

/** A pending update of an account's host. */
export interface PendingUpdate {
  readonly did: string
  /** Null once the handle of a removed account is free again. */
  readonly handle: string | null
  /** DID of the host. */
  readonly host: string
  readonly kinds: readonly HostUpdateKind[]
  readonly changedAt: Date
  readonly attempts: number
  readonly nextAttemptAt: Date
  readonly lastError: string | undefined
}

/** The state of an account that its host should have. */
export interface HostedAccount {
  readonly host: Host
  readonly handle: string
  readonly isDeactivated: boolean
  /** Undefined unless the account is taken down or deleted. */
  readonly takedown: { readonly ref: string | undefined; readonly isDeletion: boolean } | undefined
}

interface ClaimTimes {
  readonly now: Date
  readonly claimEnd: Date
}

/** Pending updates of hosts, at most one per account. */
export interface OutboxStore {
  /** Adds to the pending update of an account; false for an account without a host. */
  put(update: NewUpdate): Promise<boolean>
  /** Claims due updates. Concurrent callers get different ones. */
  claim(
    of: ClaimTimes & { readonly limit: number; readonly did?: string },
  ): Promise<readonly ClaimedUpdate[]>
  /** Must be read after the claim, so that any later change is counted. */
  findAccount(did: string): Promise<HostedAccount | undefined>
  /** Deletes a finished update, or releases it if the account has changed since the claim. */
  settle(claim: ClaimedUpdate): Promise<void>
  /** Releases a failed update. If the account has changed since the claim, it stays due. */
  postpone(
    claim: ClaimedUpdate,
    failure: { readonly reason: string; readonly nextAttemptAt: Date },
  ): Promise<void>
  /** Deletes the place of an account removed from its host, with the pending update. */
  removePlace(did: string): Promise<void>
  /** Makes updates due that wait for a retry: of one host, or of all. */
  bringForward(now: Date, host?: string): Promise<void>
  /** Oldest first. */
  list(limit: number): Promise<readonly PendingUpdate[]>
}

/** Allows for clock differences, so that an update is due in every process at once. */
const CLOCK_SKEW_MS = 60_000

const KIND_COLUMNS = ['has_handle', 'has_status', 'has_removal'] as const

export function createOutboxStore(queries: EntrywayQueries): OutboxStore {
  const claimed = ({ did, attempts }: ClaimedUpdate) =>
    queries
      .updateTable('entryway_outbox')
      .where('did', '=', did)
      .where('attempts', '=', attempts)
      .set({ claimed_until: null })

  return {
    put: async ({ did, kinds, at }) => {
      const has = (kind: HostUpdateKind) => kinds.includes(kind)
      const due = new Date(at.getTime() - CLOCK_SKEW_MS)
      const row = await queries
        .insertInto('entryway_outbox')
        .columns(['did', ...KIND_COLUMNS, 'changed_at', 'next_attempt_at'])
        .expression((eb) =>
          eb
            .selectFrom('entryway_account')
            .select((select) => [
              'entryway_account.did',
              select.lit(has('handle')).as('has_handle'),
              select.lit(has('status')).as('has_status'),
              select.lit(has('removal')).as('has_removal'),
              sql<Date>`${at}::timestamptz`.as('changed_at'),
              sql<Date>`${due}::timestamptz`.as('next_attempt_at'),
            ])
            .where('entryway_account.did', '=', did),
        )
        .onConflict((conflict) =>
          conflict.column('did').doUpdateSet((eb) => {
            const either = (column: (typeof KIND_COLUMNS)[number]) =>
              eb
                .or([eb.ref(`entryway_outbox.${column}`), eb.ref(`excluded.${column}`)])
                .$castTo<boolean>()
            return {
              has_handle: either('has_handle'),
              has_status: either('has_status'),
              has_removal: either('has_removal'),
              changes: eb('entryway_outbox.changes', '+', 1),
              next_attempt_at: eb.ref('excluded.next_attempt_at'),
            }
          }),
        )
        .returning('did')
        .executeTakeFirst()
      return row !== undefined
    },

    claim: async ({ now, claimEnd, limit, did }) => {
      const rows = await queries
        .with('due', (db) =>
          db
            .selectFrom('entryway_outbox')
            .select('did')
            .where('next_attempt_at', '<=', now)
            .where((eb) => eb.or([eb('claimed_until', 'is', null), eb('claimed_until', '<=', now)]))
            .$if(did !== undefined, (query) => query.where('did', '=', did ?? ''))
            // An update could open a host for writes that the move would not copy.
            .where((eb) =>
              eb.not(
                eb.exists(
                  eb
                    .selectFrom('entryway_move')
                    .select('entryway_move.did')
                    .whereRef('entryway_move.did', '=', 'entryway_outbox.did')
                    .where('entryway_move.finished_at', 'is', null)
                    .where('entryway_move.next_attempt_at', 'is not', null),
                ),
              ),
            )
            .orderBy('next_attempt_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('entryway_outbox')
        .from('due')
        .set((eb) => ({
          claimed_until: claimEnd,
          attempts: eb('entryway_outbox.attempts', '+', 1),
        }))
        .whereRef('entryway_outbox.did', '=', 'due.did')
        .returning([
          'entryway_outbox.did',
          ...KIND_COLUMNS,
          'entryway_outbox.attempts',
          'entryway_outbox.changes',
        ])
        .execute()
      return rows.map(({ did: of, attempts, changes, ...kinds }) => ({
        did: of,
        kinds: toKinds(kinds),
        attempts,
        changes,
      }))
    },

    findAccount: async (did) => {
      const row = await queries
        .selectFrom('entryway_account')
        .innerJoin('entryway_host', 'entryway_host.did', 'entryway_account.host')
        .innerJoin('account', 'account.did', 'entryway_account.did')
        .select([
          ...HOST_COLUMNS,
          'account.handle',
          'account.status',
          'account.takedown_ref',
          'account.deactivated_at',
        ])
        .where('entryway_account.did', '=', did)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const isTakenDown = row.status === 'disabled' || row.status === 'deleted'
      return {
        host: toHost(row),
        handle: row.handle ?? '',
        isDeactivated: row.deactivated_at !== null,
        takedown: isTakenDown
          ? { ref: row.takedown_ref ?? undefined, isDeletion: row.status === 'deleted' }
          : undefined,
      }
    },

    settle: async (claim) => {
      const { did, attempts, changes } = claim
      const { numDeletedRows } = await queries
        .deleteFrom('entryway_outbox')
        .where('did', '=', did)
        .where('attempts', '=', attempts)
        .where('changes', '=', changes)
        .executeTakeFirstOrThrow()
      if (numDeletedRows === 0n) await claimed(claim).execute()
    },

    postpone: async (claim, { reason, nextAttemptAt }) => {
      await claimed(claim)
        .set((eb) => ({
          last_error: reason,
          next_attempt_at: eb
            .case()
            .when('changes', '=', claim.changes)
            .then(sql<Date>`${nextAttemptAt}::timestamptz`)
            .else(eb.ref('next_attempt_at'))
            .end()
            .$castTo<Date>(),
        }))
        .execute()
    },

    removePlace: async (did) => {
      await queries.deleteFrom('entryway_account').where('did', '=', did).execute()
    },

    bringForward: async (now, host) => {
      await queries
        .updateTable('entryway_outbox')
        .set({ next_attempt_at: now })
        .where('next_attempt_at', '>', now)
        .$if(host !== undefined, (query) =>
          query.where((eb) =>
            eb.exists(
              eb
                .selectFrom('entryway_account')
                .select('entryway_account.did')
                .whereRef('entryway_account.did', '=', 'entryway_outbox.did')
                .where('entryway_account.host', '=', host ?? ''),
            ),
          ),
        )
        .execute()
    },

    list: async (limit) => {
      const rows = await queries
        .selectFrom('entryway_outbox')
        .innerJoin('entryway_account', 'entryway_account.did', 'entryway_outbox.did')
        .innerJoin('account', 'account.did', 'entryway_outbox.did')
        .select([
          'entryway_outbox.did',
          'account.handle',
          'entryway_account.host',
          ...KIND_COLUMNS,
          'changed_at',
          'attempts',
          'next_attempt_at',
          'last_error',
        ])
        .orderBy('changed_at')
        .orderBy('entryway_outbox.did')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        did: row.did,
        handle: row.handle,
        host: row.host,
        kinds: toKinds(row),
        changedAt: toDate(row.changed_at),
        attempts: row.attempts,
        nextAttemptAt: toDate(row.next_attempt_at),
        lastError: row.last_error ?? undefined,
      }))
    },
  }
}

function toKinds(row: {
  readonly has_handle: boolean
  readonly has_status: boolean
  readonly has_removal: boolean
}): readonly HostUpdateKind[] {
  const found = { handle: row.has_handle, status: row.has_status, removal: row.has_removal }
  return (['handle', 'status', 'removal'] as const).filter((kind) => found[kind])
}
