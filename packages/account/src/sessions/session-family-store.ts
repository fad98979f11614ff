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
  readonly history: readonly [PastToken, ...PastToken[]]
  /** Only if nothing that came with the current token was used. */
  readonly onlyUnused: boolean
}

/** A refresh token family, as the next pair of tokens needs it. */
export interface SessionFamily {
  readonly account: SessionAccountRow
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

/** The queries of refreshing. Those that wait share a statement. */
export interface SessionFamilies {
  findFamily(id: string, did: string): Promise<SessionFamily | undefined>
  /**
   * Puts a new refresh token in the place of the current one: of several callers with the same token
   * one succeeds. False if it is not the current one, or the session or its account is not live.
   */
  rotate(rotation: Rotation): Promise<boolean>
  /** Remembers the first use of the current token's access token; false if it is not current, or was used. */
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

  // A session that is wanted twice is updated once, for one of its callers; the other is told that it came too late.
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

/** JSON, which some drivers read and some hand over as text. */
function toTokens(json: unknown): readonly PastToken[] {
  return typeof json === 'string' ? JSON.parse(json) : (json as readonly PastToken[])
}
