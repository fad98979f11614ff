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
  /** Random, and the same for each attempt. */
  readonly messageId: string
  /** Recipient, if not the address of the account. */
  readonly address: string | null
  /** The content of an operator's message. */
  readonly content: Message | null
}

/** A message from the operator to the owner of an account. */
export interface Message {
  readonly subject: string
  readonly text: string
}

/** A mail as shown to the operator. */
export interface OutboxMail {
  readonly id: string
  readonly kind: MailKind
  /** Stays `sending` for a while after the sending process died. */
  readonly status: 'waiting' | 'sending' | 'failed'
  /** Null for a reset requested for an unknown address. */
  readonly did: string | null
  readonly handle: string | null
  readonly createdAt: Date
  /** When the next attempt is due; null if there is none. */
  readonly dueAt: Date | null
  readonly attempts: number
  readonly lastError: string | null
}

/** An entry and its number of claims. A claim that has been overtaken changes nothing. */
export type OutboxClaim = Pick<OutboxEntry, 'id' | 'attempts'>

export interface OutboxStore {
  /** Adds an operator's message. */
  addMessage(did: string, message: Message, now: Date): Promise<void>
  /** @param address recipient instead of the account's address. */
  add(kind: MailKind, did: string, now: Date, address?: string): Promise<void>
  /**
   * Queues a reset mail for an address. Known, unknown and deleted addresses get the same row by
   * the same statement, so the time reveals nothing. A pending reset is updated in place and
   * brought forward if a failure delayed it.
   */
  addPasswordReset(request: {
    /** Null for an invalid address. */
    readonly emailCanonical: string | null
    /** The same for every request for an address. */
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
  /** Rewrites an entry unchanged. */
  touch(claim: OutboxClaim): Promise<void>
  /** Due again at `runAfter`. */
  postpone(claim: OutboxClaim, reason: string, runAfter: Date): Promise<void>
  /** Never due again. */
  giveUp(claim: OutboxClaim, reason: string, at: Date): Promise<void>
  deleteFor(did: string): Promise<void>
  /** Newest first. */
  list(query: {
    readonly status?: OutboxMail['status']
    /** The last id of the previous page. */
    readonly before?: string
    readonly limit: number
  }): Promise<readonly OutboxMail[]>
  show(id: string): Promise<OutboxMail | undefined>
  /** Makes an entry due at once with all its attempts; false if it is being sent or is gone. */
  retry(id: string, now: Date): Promise<boolean>
  drop(id: string): Promise<void>
  /** Deletes entries given up before a moment, `limit` at most. */
  deleteFailed(before: Date, limit: number): Promise<void>
}

const ENTRY = [
  'id',
  'kind',
  'did',
  'attempts',
  'created_at',
  'message_id',
  'address',
  'content',
] as const

export function createOutboxStore(queries: Queries): OutboxStore {
  const update = (claim: OutboxClaim) =>
    queries.updateTable('outbox').where('id', '=', claim.id).where('attempts', '=', claim.attempts)

  const mails = () =>
    queries
      .selectFrom('outbox')
      .leftJoin('account', 'account.did', 'outbox.did')
      .select([
        'outbox.id',
        'outbox.kind',
        'outbox.did',
        'account.handle',
        'outbox.created_at',
        'outbox.run_after',
        'outbox.attempts',
        'outbox.last_error',
        'outbox.failed_at',
        'outbox.is_claimed',
      ])

  return {
    add: async (kind, did, now, address) => {
      await queries
        .insertInto('outbox')
        .values({ kind, did, created_at: now, run_after: now, address: address ?? null })
        .execute()
    },

    addMessage: async (did, message, now) => {
      await queries
        .insertInto('outbox')
        .values({
          kind: 'message',
          did,
          created_at: now,
          run_after: now,
          content: JSON.stringify(message),
        })
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
            .where('status', 'in', ['active', 'deactivated']),
          request_key: key,
          created_at: now,
          run_after: runAfter,
        }))
        .onConflict((conflict) =>
          conflict
            .column('request_key')
            // Not a parameter: the plan of a prepared statement for all values would not use the
            // index.
            .where(sql<boolean>`kind = 'password-reset'`)
            .where('failed_at', 'is', null)
            // The owner of the address may have changed: an account may have been created.
            .doUpdateSet((eb) => ({
              created_at: now,
              did: eb.ref('excluded.did'),
              // A mail being sent stays claimed.
              run_after: eb
                .case()
                .when('outbox.is_claimed', '=', true)
                .then(eb.ref('outbox.run_after'))
                .else(eb.fn<Date>('least', ['outbox.run_after', 'excluded.run_after']))
                .end(),
            })),
        )
        .execute()
    },

    claim: async ({ limit, now, leaseEnd }) => {
      // A subquery in the WHERE clause could be evaluated per row; a locking CTE runs once.
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
        .set((eb) => ({
          run_after: leaseEnd,
          is_claimed: true,
          attempts: eb('outbox.attempts', '+', 1),
        }))
        .whereRef('outbox.id', '=', 'due.id')
        .returning([
          'outbox.id',
          'outbox.kind',
          'outbox.did',
          'outbox.attempts',
          'outbox.created_at',
          'outbox.message_id',
          'outbox.address',
          'outbox.content',
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
      await update(claim)
        .set({ last_error: reason, run_after: runAfter, is_claimed: false })
        .execute()
    },

    giveUp: async (claim, reason, at) => {
      await update(claim).set({ last_error: reason, failed_at: at, is_claimed: false }).execute()
    },

    deleteFor: async (did) => {
      await queries.deleteFrom('outbox').where('did', '=', did).execute()
    },

    list: async ({ status, before, limit }) => {
      const rows = await mails()
        .$if(status === 'failed', (query) => query.where('failed_at', 'is not', null))
        .$if(status === 'waiting' || status === 'sending', (query) =>
          query.where('failed_at', 'is', null).where('is_claimed', '=', status === 'sending'),
        )
        .$if(before !== undefined, (query) => query.where('outbox.id', '<', before ?? ''))
        .orderBy('outbox.id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(toMail)
    },

    show: async (id) => {
      const row = await mails().where('outbox.id', '=', id).executeTakeFirst()
      return row && toMail(row)
    },

    retry: async (id, now) => {
      const { numUpdatedRows } = await queries
        .updateTable('outbox')
        .set({ run_after: now, failed_at: null, attempts: 0 })
        .where('id', '=', id)
        .where('is_claimed', '=', false)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    drop: async (id) => {
      await queries.deleteFrom('outbox').where('id', '=', id).execute()
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

interface MailRow extends Omit<OutboxRow, 'message_id' | 'address' | 'content'> {
  readonly handle: string | null
  readonly run_after: Date | string
  readonly last_error: string | null
  readonly failed_at: Date | string | null
  readonly is_claimed: boolean
}

function toMail(row: MailRow): OutboxMail {
  const isFailed = row.failed_at !== null
  return {
    id: String(row.id),
    kind: row.kind,
    status: isFailed ? 'failed' : row.is_claimed ? 'sending' : 'waiting',
    did: row.did,
    handle: row.handle,
    createdAt: toDate(row.created_at),
    dueAt: isFailed ? null : toDate(row.run_after),
    attempts: row.attempts,
    lastError: row.last_error,
  }
}

interface OutboxRow {
  readonly id: string
  readonly kind: MailKind
  readonly did: string | null
  readonly attempts: number
  readonly created_at: Date | string
  readonly message_id: string
  readonly address: string | null
  readonly content: string | null
}

function toEntry(row: OutboxRow): OutboxEntry {
  return {
    // A bigint: one driver returns text, the other a number.
    id: String(row.id),
    kind: row.kind,
    did: row.did,
    attempts: row.attempts,
    createdAt: toDate(row.created_at),
    messageId: row.message_id,
    address: row.address,
    content: row.content === null ? null : JSON.parse(row.content),
  }
}
