import type { Queries } from '../db/database.ts'
import type { AccessScope, RevocationReason } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'
import { createSessionFamilies, type SessionFamilies } from './session-family-store.ts'
import { createSessionLookups, type SessionLookups } from './session-lookup-store.ts'

export interface NewSession {
  readonly id: string
  readonly did: string
  readonly epoch: number
  readonly authTime: Date
  readonly expiresAt: Date
  readonly refreshJti: string
  readonly scope: AccessScope
  /** The app password used to log in. */
  readonly appPassword: string | null
}

/** A login as shown to the operator. */
export interface LiveSession {
  /** `sid` of its tokens. */
  readonly id: string
  readonly createdAt: Date
  /** When its refresh token was issued. */
  readonly refreshedAt: Date
  /** When it expires unless refreshed. */
  readonly expiresAt: Date
}

export interface LiveSessionQuery {
  readonly did: string
  readonly now: Date
  /** Cursor: continues after this session. */
  readonly after?: Pick<LiveSession, 'createdAt' | 'id'>
  readonly limit: number
}

export interface SessionStore extends SessionLookups, SessionFamilies {
  insert(session: NewSession): Promise<void>
  /** Ends a session; false if it had already ended. */
  revoke(session: {
    readonly id: string
    readonly did: string
    readonly reason: RevocationReason
    readonly at: Date
  }): Promise<boolean>
  /** Deletes sessions whose last refresh token expired before a moment, `limit` at most. */
  deleteExpired(before: Date, limit: number): Promise<void>
  /** Revokes every live session of an account; returns how many. */
  revokeAll(did: string, reason: RevocationReason, at: Date): Promise<number>
  /** Revokes the live sessions of an app password. */
  revokeApp(session: {
    readonly did: string
    readonly appPassword: string
    readonly at: Date
  }): Promise<void>
  /** Live sessions, newest first. */
  listLive(query: LiveSessionQuery): Promise<readonly LiveSession[]>
}

export function createSessionStore(queries: Queries): SessionStore {
  return {
    ...createSessionLookups(queries),
    ...createSessionFamilies(queries),

    insert: async (session) => {
      await queries
        .insertInto('session')
        .values({
          id: session.id,
          did: session.did,
          epoch: session.epoch,
          auth_time: session.authTime,
          created_at: session.authTime,
          expires_at: session.expiresAt,
          refresh_jti: session.refreshJti,
          rotated_at: session.authTime,
          scope: session.scope,
          app_password: session.appPassword,
        })
        .execute()
    },

    revoke: async ({ id, did, reason, at }) => {
      const { numUpdatedRows } = await queries
        .updateTable('session')
        .set({ revoked_at: at, revoked_reason: reason })
        .where('id', '=', id)
        .where('did', '=', did)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    deleteExpired: async (before, limit) => {
      await queries
        .with('expired', (db) =>
          db
            .selectFrom('session')
            .select('id')
            .where('expires_at', '<', before)
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .deleteFrom('session')
        .using('expired')
        .whereRef('session.id', '=', 'expired.id')
        .execute()
    },

    revokeAll: async (did, reason, at) => {
      const { numUpdatedRows } = await queries
        .updateTable('session')
        .set({ revoked_at: at, revoked_reason: reason })
        .where('did', '=', did)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },

    revokeApp: async ({ did, appPassword, at }) => {
      await queries
        .updateTable('session')
        .set({ revoked_at: at, revoked_reason: 'app-password-revoked' })
        .where('did', '=', did)
        .where('app_password', '=', appPassword)
        .where('revoked_at', 'is', null)
        .execute()
    },

    listLive: async ({ did, now, after, limit }) => {
      let query = queries
        .selectFrom('session')
        .innerJoin('account', 'account.did', 'session.did')
        .select(['session.id', 'session.created_at', 'session.rotated_at', 'session.expires_at'])
        .where('session.did', '=', did)
        .where('session.revoked_at', 'is', null)
        .where('session.expires_at', '>', now)
        .whereRef('session.epoch', '=', 'account.session_epoch')
        .orderBy('session.created_at', 'desc')
        .orderBy('session.id', 'desc')
        .limit(limit)
      if (after !== undefined) {
        query = query.where((eb) =>
          eb(
            eb.refTuple('session.created_at', 'session.id'),
            '<',
            eb.tuple(after.createdAt, after.id),
          ),
        )
      }
      return (await query.execute()).map((row) => ({
        id: row.id,
        createdAt: toDate(row.created_at),
        refreshedAt: toDate(row.rotated_at),
        expiresAt: toDate(row.expires_at),
      }))
    },
  }
}
