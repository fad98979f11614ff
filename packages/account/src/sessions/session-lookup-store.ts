import { sql } from 'kysely'
import { type AccountProfile, PROFILE_COLUMNS, toProfile } from '../db/account-profile.ts'
import type { Queries } from '../db/database.ts'
import { createLookup, POSITION, type Wanted } from '../db/lookup.ts'
import {
  ACCOUNT_COLUMNS,
  headOf,
  type SessionAccountRow,
  toAccount,
} from '../db/session-account.ts'
import type { AccountStatus } from '../db/tables.ts'

/** State of an account and a session, to check an access token against. */
export interface SessionState {
  readonly handle: string
  readonly status: AccountStatus
  /** Present epoch of the account. */
  readonly epoch: number
  readonly isRevoked: boolean
  /** True if the session's history includes the refresh token issued with the access token. */
  readonly knowsToken: boolean
  /** True if that is the current one and unused so far. */
  readonly isFirstUse: boolean
}

/** Identifies an access token. */
export interface SessionQuery {
  readonly sessionId: string
  readonly did: string
  readonly jti: string
}

/** A session's state and the account as shown to today's clients. */
export interface ViewedSession extends SessionState {
  readonly account: SessionAccountRow
}

/** A session's state and its account. */
export interface OwnedSession extends SessionState {
  readonly profile: AccountProfile
}

/** Queries of authenticated calls; concurrent ones share a statement. */
export interface SessionLookups {
  /** One indexed query per authenticated call. Undefined if the account has no such session. */
  findState(query: SessionQuery): Promise<SessionState | undefined>
  /** Like {@link findState}, with the account as shown to its owner, in the same query. */
  findOwned(query: SessionQuery): Promise<OwnedSession | undefined>
  /** Like {@link findState}, with the account as shown to today's clients, in the same query. */
  findViewed(query: SessionQuery): Promise<ViewedSession | undefined>
  /** An account as shown to today's clients. */
  findAccount(did: string): Promise<SessionAccountRow | undefined>
}

export function createSessionLookups(queries: Queries): SessionLookups {
  const selectState = createLookup(queries, KEY, (db, wanted) =>
    selectSession(db, wanted).select(['account.handle', 'account.status']),
  )

  const selectOwned = createLookup(queries, KEY, (db, wanted) =>
    selectSession(db, wanted).select(PROFILE_COLUMNS.map((column) => `account.${column}` as const)),
  )

  const selectViewed = createLookup(queries, KEY, (db, wanted) =>
    selectSession(db, wanted).select(ACCOUNT_COLUMNS).select(headOf),
  )

  const selectAccount = createLookup(queries, ['did'], (db, wanted) =>
    db
      .selectFrom(wanted)
      .innerJoin('account', 'account.did', 'wanted.did')
      .select(POSITION)
      .select(ACCOUNT_COLUMNS)
      .select(headOf),
  )

  return {
    findState: async (query) => toState(await selectState(query), query.jti),

    findOwned: async (query) => {
      const row = await selectOwned(query)
      const state = toState(row, query.jti)
      const profile = toProfile(row)
      return state && profile && { ...state, profile }
    },

    findViewed: async (query) => {
      const row = await selectViewed(query)
      const state = toState(row, query.jti)
      const account = toAccount(row)
      return state && account && { ...state, account }
    },

    findAccount: async (did) => toAccount(await selectAccount({ did })),
  }
}

interface StateRow {
  readonly handle: string | null
  readonly status: AccountStatus
  readonly session_epoch: number
  readonly revoked_at: Date | string | null
  readonly refresh_jti: string
  readonly is_used: boolean
  readonly knows_token: boolean
}

const KEY = ['sessionId', 'did', 'jti'] as const

/** The requested sessions with their accounts. */
function selectSession(db: Queries, wanted: Wanted<(typeof KEY)[number]>) {
  return db
    .selectFrom(wanted)
    .innerJoin('session', (join) =>
      join.onRef('session.id', '=', 'wanted.sessionId').onRef('session.did', '=', 'wanted.did'),
    )
    .innerJoin('account', 'account.did', 'session.did')
    .select([POSITION, 'account.session_epoch', 'session.revoked_at'])
    .select(['session.refresh_jti', 'session.is_used', REMEMBERS.as('knows_token')])
}

/** True for the current token of a session and those in its history. */
const REMEMBERS = sql<boolean>`(session.refresh_jti = wanted.jti
  or session.previous_jti is not distinct from wanted.jti
  or session.older_tokens @> jsonb_build_array(jsonb_build_object('jti', wanted.jti)))`

/** A purged account has no sessions. */
function toState(row: StateRow | undefined, jti: string): SessionState | undefined {
  if (row === undefined || row.handle === null) return undefined
  return {
    handle: row.handle,
    status: row.status,
    epoch: row.session_epoch,
    isRevoked: row.revoked_at !== null,
    knowsToken: row.knows_token,
    isFirstUse: !row.is_used && row.refresh_jti === jti,
  }
}
