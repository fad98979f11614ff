import type { Queries } from '../db/database.ts'
import type { AccessScope, AccountStatus, RevocationReason } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'
import {
  createSessionLookups,
  type SessionLookups,
  type SessionQuery,
} from './session-lookup-store.ts'

export interface NewSession {
  readonly id: string
  readonly did: string
  readonly epoch: number
  readonly authTime: Date
  readonly expiresAt: Date
  readonly refreshJti: string
  readonly scope: AccessScope
  /** The app password that it begins with. */
  readonly appPassword: string | null
}

/** A refresh token that was rotated away. */
export interface PastToken {
  readonly jti: string
  /** When, in milliseconds. */
  readonly at: number
}

/** One step of a refresh token family. */
export interface Rotation {
  readonly id: string
  readonly did: string
  /** The current token, and the one that takes its place. */
  readonly from: string
  readonly to: string
  readonly at: Date
  readonly expiresAt: Date
  /** The tokens to be remembered from now on, newest first; the newest is rotated away now. */
  readonly history: readonly PastToken[]
  /** Only if nothing that came with the current token was used. */
  readonly onlyUnused: boolean
}

/** What the successors of a refresh token are made of. */
export interface SessionFamily {
  readonly handle: string
  readonly status: AccountStatus
  /** The family's; its tokens are good only while it equals `accountEpoch`. */
  readonly epoch: number
  readonly accountEpoch: number
  readonly scope: AccessScope
  readonly authTime: Date
  readonly refreshJti: string
  readonly rotatedAt: Date
  /** True if an access token that came with the current refresh token was used, or nobody knows. */
  readonly isUsed: boolean
  /** Newest first. */
  readonly history: readonly PastToken[]
  readonly isRevoked: boolean
}

/** A login, as its account's operator sees it. */
export interface LiveSession {
  /** `sid` in its tokens. */
  readonly id: string
  readonly createdAt: Date
  /** When its refresh token was issued. */
  readonly refreshedAt: Date
  /** When it ends unless it is refreshed. */
  readonly expiresAt: Date
}

export interface LiveSessionQuery {
  readonly did: string
  readonly now: Date
  /** Continues after this one. */
  readonly after?: Pick<LiveSession, 'createdAt' | 'id'>
  readonly limit: number
}

export interface SessionStore extends SessionLookups {
  insert(session: NewSession): Promise<void>
  /**
   * Puts a new refresh token in the place of the current one: of several callers with the same token
   * one succeeds. False if it is not the current one, or the session or its account is not live.
   */
  rotate(rotation: Rotation): Promise<boolean>
  findFamily(id: string, did: string): Promise<SessionFamily | undefined>
  /** Ends one session; false if it had ended before. */
  revoke(session: {
    readonly id: string
    readonly did: string
    readonly reason: RevocationReason
    readonly at: Date
  }): Promise<boolean>
  /** Forgets sessions whose last refresh token expired before a moment; at most so many. */
  deleteExpired(before: Date, limit: number): Promise<void>
  /** Remembers the first use of the current token's access token; false if it is not current, or was used. */
  markUsed(query: SessionQuery): Promise<boolean>
  /** Revokes every live session of an account, and tells how many. */
  revokeAll(did: string, reason: RevocationReason, at: Date): Promise<number>
  /** Revokes the live sessions that began with an app password. */
  revokeApp(session: {
    readonly did: string
    readonly appPassword: string
    readonly at: Date
  }): Promise<void>
  /** Sessions whose tokens count, newest first. */
  listLive(query: LiveSessionQuery): Promise<readonly LiveSession[]>
}

export function createSessionStore(queries: Queries): SessionStore {
  return {
    ...createSessionLookups(queries),

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

    rotate: async ({ id, did, from, to, at, expiresAt, history, onlyUnused }) => {
      const [previous, ...older] = history
      const { numUpdatedRows } = await queries
        .updateTable('session')
        .from('account')
        .set({
          refresh_jti: to,
          previous_jti: previous?.jti ?? null,
          rotated_at: at,
          older_tokens: JSON.stringify(older),
          is_used: false,
          expires_at: expiresAt,
        })
        .where('session.id', '=', id)
        .where('session.did', '=', did)
        .where('session.refresh_jti', '=', from)
        .where('session.revoked_at', 'is', null)
        .whereRef('account.did', '=', 'session.did')
        .whereRef('account.session_epoch', '=', 'session.epoch')
        .where('account.status', 'in', ['active', 'deactivated'])
        .$if(onlyUnused, (query) => query.where('session.is_used', '=', false))
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    findFamily: async (id, did) => {
      const row = await queries
        .selectFrom('session')
        .innerJoin('account', 'account.did', 'session.did')
        .select([
          'account.handle',
          'account.status',
          'account.session_epoch',
          'session.epoch',
          'session.scope',
          'session.auth_time',
          'session.refresh_jti',
          'session.previous_jti',
          'session.rotated_at',
          'session.older_tokens',
          'session.is_used',
          'session.revoked_at',
        ])
        .where('session.id', '=', id)
        .where('session.did', '=', did)
        .executeTakeFirst()
      if (row === undefined || row.handle === null) return undefined
      const rotatedAt = toDate(row.rotated_at)
      const previous = row.previous_jti
      return {
        handle: row.handle,
        status: row.status,
        epoch: row.epoch,
        accountEpoch: row.session_epoch,
        scope: row.scope,
        authTime: toDate(row.auth_time),
        refreshJti: row.refresh_jti,
        rotatedAt,
        isUsed: row.is_used,
        history:
          previous === null
            ? []
            : [{ jti: previous, at: rotatedAt.getTime() }, ...toTokens(row.older_tokens)],
        isRevoked: row.revoked_at !== null,
      }
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

    markUsed: async ({ sessionId, did, jti }) => {
      const { numUpdatedRows } = await queries
        .updateTable('session')
        .set({ is_used: true })
        .where('id', '=', sessionId)
        .where('did', '=', did)
        .where('refresh_jti', '=', jti)
        .where('is_used', '=', false)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
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

/** JSON, which some drivers read and some hand over as text. */
function toTokens(json: unknown): readonly PastToken[] {
  return typeof json === 'string' ? JSON.parse(json) : (json as readonly PastToken[])
}
