import { sql } from 'kysely'
import type { Queries } from '../db/database.ts'
import { createLookup, POSITION } from '../db/lookup.ts'
import {
  ACCOUNT_COLUMNS,
  headOf,
  type SessionAccountRow,
  toAccount,
} from '../db/session-account.ts'
import type { AccessScope } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'
import type { SessionQuery } from './session-lookup-store.ts'

/** A former refresh token. */
export interface PastToken {
  readonly jti: string
  /** Time of its rotation, in milliseconds. */
  readonly at: number
}

/** One step of a refresh token family. */
export interface Rotation {
  readonly id: string
  readonly did: string
  /** The current token and its successor. */
  readonly from: string
  readonly to: string
  readonly at: Date
  readonly expiresAt: Date
  /** The new history, newest first; the first entry is the token rotated now. */
  readonly history: readonly [PastToken, ...PastToken[]]
  /** Only if the tokens issued with the current refresh token are unused. */
  readonly onlyUnused: boolean
}

/** The state of a refresh token family. */
export interface SessionFamily {
  readonly account: SessionAccountRow
  /** Epoch of the family, whose tokens are valid only while it equals `accountEpoch`. */
  readonly epoch: number
  readonly accountEpoch: number
  readonly scope: AccessScope
  readonly authTime: Date
  readonly refreshJti: string
  readonly rotatedAt: Date
  /**
   * True if the access token issued with the current refresh token was used, or this is unknown.
   */
  readonly isUsed: boolean
  /** Newest first. */
  readonly history: readonly PastToken[]
  readonly isRevoked: boolean
}

/** Queries for refreshing; concurrent ones share a statement. */
export interface SessionFamilies {
  findFamily(id: string, did: string): Promise<SessionFamily | undefined>
  /**
   * Replaces the current refresh token; one of several callers with the same token succeeds. False
   * if it is not current, or the session or its account is not live.
   */
  rotate(rotation: Rotation): Promise<boolean>
  /**
   * Records the first use of the current access token; false if it is not current or was already
   * used.
   */
  markUsed(query: SessionQuery): Promise<boolean>
}

export function createSessionFamilies(queries: Queries): SessionFamilies {
  const selectFamily = createLookup(queries, ['id', 'did'], (db, wanted) =>
    db
      .selectFrom(wanted)
      .innerJoin('session', (join) =>
        join.onRef('session.id', '=', 'wanted.id').onRef('session.did', '=', 'wanted.did'),
      )
      .innerJoin('account', 'account.did', 'session.did')
      .select([POSITION, 'account.session_epoch', ...SESSION_COLUMNS, ...ACCOUNT_COLUMNS])
      .select(headOf),
  )

  // A session requested twice is updated once, for one caller; the other one gets false.
  const updateToken = createLookup(queries, ROTATION, (db, wanted) =>
    db
      .updateTable('session')
      .from([wanted, 'account'])
      .set({
        refresh_jti: sql.ref('wanted.to'),
        previous_jti: sql.ref('wanted.previous'),
        rotated_at: sql`wanted.at::timestamptz`,
        older_tokens: sql`wanted.older::jsonb`,
        is_used: false,
        expires_at: sql`wanted.ends::timestamptz`,
      })
      .whereRef('session.id', '=', 'wanted.id')
      .whereRef('session.did', '=', 'wanted.did')
      .whereRef('session.refresh_jti', '=', 'wanted.from')
      .where('session.revoked_at', 'is', null)
      .whereRef('account.did', '=', 'session.did')
      .whereRef('account.session_epoch', '=', 'session.epoch')
      .where('account.status', 'in', ['active', 'deactivated'])
      .where(sql<boolean>`not (wanted.unused::boolean and session.is_used)`)
      .returning(POSITION),
  )

  const updateUse = createLookup(queries, ['sessionId', 'did', 'jti'], (db, wanted) =>
    db
      .updateTable('session')
      .from(wanted)
      .set({ is_used: true })
      .whereRef('session.id', '=', 'wanted.sessionId')
      .whereRef('session.did', '=', 'wanted.did')
      .whereRef('session.refresh_jti', '=', 'wanted.jti')
      .where('session.is_used', '=', false)
      .returning(POSITION),
  )

  return {
    findFamily: async (id, did) => {
      const row = await selectFamily({ id, did })
      const account = toAccount(row)
      if (row === undefined || account === undefined) return undefined
      const rotatedAt = toDate(row.rotated_at)
      const previous = row.previous_jti
      return {
        account,
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

    rotate: async ({ id, did, from, to, at, expiresAt, history, onlyUnused }) => {
      const [previous, ...older] = history
      const row = await updateToken({
        id,
        did,
        from,
        to,
        previous: previous.jti,
        older: JSON.stringify(older),
        at: at.toISOString(),
        ends: expiresAt.toISOString(),
        unused: String(onlyUnused),
      })
      return row !== undefined
    },

    markUsed: async (query) => (await updateUse(query)) !== undefined,
  }
}

const ROTATION = ['id', 'did', 'from', 'to', 'previous', 'older', 'at', 'ends', 'unused'] as const

const SESSION_COLUMNS = [
  'session.epoch',
  'session.scope',
  'session.auth_time',
  'session.refresh_jti',
  'session.previous_jti',
  'session.rotated_at',
  'session.older_tokens',
  'session.is_used',
  'session.revoked_at',
] as const

/** JSON: some drivers parse it, others return text. */
function toTokens(json: unknown): readonly PastToken[] {
  return typeof json === 'string' ? JSON.parse(json) : (json as readonly PastToken[])
}
