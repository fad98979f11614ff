import type { Queries } from '../db/database.ts'
import type { AccountStatus } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

/** An account as shown to the operator. Purged data is null. */
export interface RosterEntry {
  readonly did: string
  readonly status: AccountStatus
  readonly handle: string | null
  readonly email: string | null
  readonly inviteCode: string | null
  readonly createdAt: Date
  readonly activatedAt: Date | null
  readonly passwordChangedAt: Date
  /** When the owner first confirmed the address. */
  readonly emailConfirmedAt: Date | null
  readonly deactivatedAt: Date | null
  /** When a deactivated account is deleted, if the owner chose a date. */
  readonly deleteAfter: Date | null
  /** The operator's reference for a takedown. */
  readonly takedownRef: string | null
  /** Since when it gets no invite codes. */
  readonly invitesDisabledAt: Date | null
  readonly inviteNote: string | null
  readonly disabledAt: Date | null
  readonly deletedAt: Date | null
  /** Until then a deletion can be undone. */
  readonly purgeAfter: Date | null
  readonly purgedAt: Date | null
}

/** Data outside the account row. */
export interface RosterDetails {
  /** Logins live at the given time. */
  readonly liveSessions: number
  readonly pendingMails: number
  /** Null once the account is purged. */
  readonly publication: {
    readonly publishedAt: Date | null
    readonly attempts: number
    readonly lastError: string | null
  } | null
  /** From the audit log, newest first. */
  readonly events: readonly {
    readonly at: Date
    readonly event: string
    readonly actor: string
  }[]
}

/** Identifiers that an operator can search for. */
export type AccountKey =
  | { readonly did: string }
  | { readonly handle: string }
  | { readonly emailCanonical: string }

export interface RosterQuery {
  readonly status?: AccountStatus
  /** Part of a handle or an email, in lower case. */
  readonly search?: string
  /** Cursor: continues after this entry. */
  readonly after?: Pick<RosterEntry, 'createdAt' | 'did'>
  readonly limit: number
}

/** Queries on accounts for the operator. */
export interface RosterStore {
  find(key: AccountKey): Promise<RosterEntry | undefined>
  /** Newest first. */
  list(query: RosterQuery): Promise<readonly RosterEntry[]>
  details(did: string, now: Date): Promise<RosterDetails>
}

const COLUMNS = [
  'did',
  'status',
  'handle',
  'email',
  'invite_code',
  'created_at',
  'activated_at',
  'password_changed_at',
  'email_confirmed_at',
  'deactivated_at',
  'delete_after',
  'takedown_ref',
  'invites_disabled_at',
  'invite_note',
  'disabled_at',
  'deleted_at',
  'purge_after',
  'purged_at',
] as const

const MAX_EVENTS = 50

export function createRosterStore(queries: Queries): RosterStore {
  return {
    find: async (key) => {
      const row = await queries
        .selectFrom('account')
        .select(COLUMNS)
        .$if('did' in key, (query) => query.where('did', '=', 'did' in key ? key.did : ''))
        .$if('handle' in key, (query) =>
          query.where('handle', '=', 'handle' in key ? key.handle : ''),
        )
        .$if('emailCanonical' in key, (query) =>
          query.where('email_canonical', '=', 'emailCanonical' in key ? key.emailCanonical : ''),
        )
        .executeTakeFirst()
      return row && toEntry(row)
    },

    list: async ({ status, search, after, limit }) => {
      let query = queries
        .selectFrom('account')
        .select(COLUMNS)
        .orderBy('created_at', 'desc')
        .orderBy('did', 'desc')
        .limit(limit)
      if (status !== undefined) query = query.where('status', '=', status)
      if (search !== undefined) {
        query = query.where((eb) =>
          eb.or([
            eb(eb.fn<number>('strpos', ['handle', eb.val(search)]), '>', 0),
            eb(eb.fn<number>('strpos', ['email_canonical', eb.val(search)]), '>', 0),
          ]),
        )
      }
      if (after !== undefined) {
        query = query.where((eb) =>
          eb(eb.refTuple('created_at', 'did'), '<', eb.tuple(after.createdAt, after.did)),
        )
      }
      return (await query.execute()).map(toEntry)
    },

    details: async (did, now) => {
      const sessions = await queries
        .selectFrom('session')
        .innerJoin('account', 'account.did', 'session.did')
        .select(({ fn }) => fn.countAll().as('count'))
        .where('session.did', '=', did)
        .where('session.revoked_at', 'is', null)
        .where('session.expires_at', '>', now)
        .whereRef('session.epoch', '=', 'account.session_epoch')
        .executeTakeFirstOrThrow()
      const mails = await queries
        .selectFrom('outbox')
        .select(({ fn }) => fn.countAll().as('count'))
        .where('did', '=', did)
        .where('failed_at', 'is', null)
        .executeTakeFirstOrThrow()
      const operation = await queries
        .selectFrom('did_operation')
        .select(['published_at', 'attempts', 'last_error'])
        .where('did', '=', did)
        .executeTakeFirst()
      const events = await queries
        .selectFrom('audit_log')
        .select(['at', 'event', 'actor'])
        .where('did', '=', did)
        .orderBy('id', 'desc')
        .limit(MAX_EVENTS)
        .execute()
      return {
        liveSessions: Number(sessions.count),
        pendingMails: Number(mails.count),
        publication:
          operation === undefined
            ? null
            : {
                publishedAt: toNullableDate(operation.published_at),
                attempts: operation.attempts,
                lastError: operation.last_error,
              },
        events: events.map(({ at, event, actor }) => ({ at: toDate(at), event, actor })),
      }
    },
  }
}

interface RosterRow {
  readonly did: string
  readonly status: AccountStatus
  readonly handle: string | null
  readonly email: string | null
  readonly invite_code: string | null
  readonly created_at: Date | string
  readonly activated_at: Date | string | null
  readonly password_changed_at: Date | string
  readonly email_confirmed_at: Date | string | null
  readonly deactivated_at: Date | string | null
  readonly delete_after: Date | string | null
  readonly takedown_ref: string | null
  readonly invites_disabled_at: Date | string | null
  readonly invite_note: string | null
  readonly disabled_at: Date | string | null
  readonly deleted_at: Date | string | null
  readonly purge_after: Date | string | null
  readonly purged_at: Date | string | null
}

function toEntry(row: RosterRow): RosterEntry {
  return {
    did: row.did,
    status: row.status,
    handle: row.handle,
    email: row.email,
    inviteCode: row.invite_code,
    createdAt: toDate(row.created_at),
    activatedAt: toNullableDate(row.activated_at),
    passwordChangedAt: toDate(row.password_changed_at),
    emailConfirmedAt: toNullableDate(row.email_confirmed_at),
    deactivatedAt: toNullableDate(row.deactivated_at),
    deleteAfter: toNullableDate(row.delete_after),
    takedownRef: row.takedown_ref,
    invitesDisabledAt: toNullableDate(row.invites_disabled_at),
    inviteNote: row.invite_note,
    disabledAt: toNullableDate(row.disabled_at),
    deletedAt: toNullableDate(row.deleted_at),
    purgeAfter: toNullableDate(row.purge_after),
    purgedAt: toNullableDate(row.purged_at),
  }
}

function toNullableDate(value: Date | string | null): Date | null {
  return value === null ? null : toDate(value)
}
