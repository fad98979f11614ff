import { sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import type { MailKind } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

export interface OutboxEntry {
  readonly id: string
  readonly kind: MailKind
  readonly did: string | null
  readonly attempts: number
  readonly createdAt: Date
}

/** A claim: the entry, and which of its claims. Whoever was overtaken changes nothing any more. */
export type OutboxClaim = Pick<OutboxEntry, 'id' | 'attempts'>

export interface OutboxStore {
  add(kind: MailKind, did: string, now: Date): Promise<void>
  /**
   * Asks for a reset mail to whoever has the address. The same statement writes the same row for a
   * known, an unknown and a deleted address, so that its time tells nothing; a reset already under
   * way is asked for again in place.
   *
   */
  addPasswordReset(request: {
    /** Null for text that is no address. */
    readonly emailCanonical: string | null
    /** The same for every request for the same address. */
    readonly key: string
    readonly now: Date
    readonly runAfter: Date
  }): Promise<void>
  /** Claims due entries, oldest first, until `leaseEnd`. Concurrent callers get different ones. */
  claim(options: {
    readonly limit: number
    readonly now: Date
    readonly leaseEnd: Date
  }): Promise<readonly OutboxEntry[]>
  find(claim: OutboxClaim): Promise<OutboxEntry | undefined>
  remove(claim: OutboxClaim): Promise<void>
  /** Writes an entry as it is. */
  touch(claim: OutboxClaim): Promise<void>
  /** Due again at `runAfter`. */
  postpone(claim: OutboxClaim, reason: string, runAfter: Date): Promise<void>
  /** Never due again. */
  giveUp(claim: OutboxClaim, reason: string, at: Date): Promise<void>
  deleteFor(did: string): Promise<void>
  /** Forgets entries that were given up before a moment; at most so many. */
  deleteFailed(before: Date, limit: number): Promise<void>
}

const ENTRY = ['id', 'kind', 'did', 'attempts', 'created_at'] as const

export function createOutboxStore(queries: Queries): OutboxStore {
  const update = (claim: OutboxClaim) =>
    queries.updateTable('outbox').where('id', '=', claim.id).where('attempts', '=', claim.attempts)

  return {
    add: async (kind, did, now) => {
      await queries
        .insertInto('outbox')
        .values({ kind, did, created_at: now, run_after: now })
        .execute()
    },

    addPasswordReset: async ({ emailCanonical, key, now, runAfter }) => {
      await queries
        .insertInto('outbox')
        .values((eb) => ({
          kind: 'password-reset',
          did: eb
            .selectFrom('account')
            .select('did')
            .where('email_canonical', '=', emailCanonical)
            .where('status', '=', 'active'),
          request_key: key,
          created_at: now,
          run_after: runAfter,
        }))
        .onConflict((conflict) =>
          conflict
            .column('request_key')
            // No parameter: a prepared statement, planned once for all values, would match no index.
            .where(sql<boolean>`kind = 'password-reset'`)
            .where('failed_at', 'is', null)
            // Whose the address is may have changed since: an account may have come to be.
            .doUpdateSet((eb) => ({ created_at: now, did: eb.ref('excluded.did') })),
        )
        .execute()
    },

    claim: async ({ limit, now, leaseEnd }) => {
      // A subquery in the WHERE clause could be run again per row; a locking CTE runs once.
      const rows = await queries
        .with('due', (db) =>
          db
            .selectFrom('outbox')
            .select('id')
            .where('failed_at', 'is', null)
            .where('run_after', '<=', now)
            .orderBy('run_after')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('outbox')
        .from('due')
        .set((eb) => ({ run_after: leaseEnd, attempts: eb('outbox.attempts', '+', 1) }))
        .whereRef('outbox.id', '=', 'due.id')
        .returning([
          'outbox.id',
          'outbox.kind',
          'outbox.did',
          'outbox.attempts',
          'outbox.created_at',
        ])
        .execute()
      return rows.map(toEntry)
    },

    find: async (claim) => {
      const row = await queries
        .selectFrom('outbox')
        .select(ENTRY)
        .where('id', '=', claim.id)
        .where('attempts', '=', claim.attempts)
        .executeTakeFirst()
      return row && toEntry(row)
    },

    remove: async (claim) => {
      await queries
        .deleteFrom('outbox')
        .where('id', '=', claim.id)
        .where('attempts', '=', claim.attempts)
        .execute()
    },

    touch: async (claim) => {
      await update(claim).set({ run_after: sql`run_after` }).execute()
    },

    postpone: async (claim, reason, runAfter) => {
      await update(claim).set({ last_error: reason, run_after: runAfter }).execute()
    },

    giveUp: async (claim, reason, at) => {
      await update(claim).set({ last_error: reason, failed_at: at }).execute()
    },

    deleteFor: async (did) => {
      await queries.deleteFrom('outbox').where('did', '=', did).execute()
    },

    deleteFailed: async (before, limit) => {
      await queries
        .with('failed', (db) =>
          db
            .selectFrom('outbox')
            .select('id')
            .where('failed_at', '<', before)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('outbox')
        .using('failed')
        .whereRef('outbox.id', '=', 'failed.id')
        .execute()
    },
  }
}

interface OutboxRow {
  readonly id: string
  readonly kind: MailKind
  readonly did: string | null
  readonly attempts: number
  readonly created_at: Date | string
}

function toEntry(row: OutboxRow): OutboxEntry {
  return {
    // A bigint: text from one driver, a number from the other.
    id: String(row.id),
    kind: row.kind,
    did: row.did,
    attempts: row.attempts,
    createdAt: toDate(row.created_at),
  }
}
