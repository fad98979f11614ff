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

/** State of an account and session that an access token is checked against. */
export interface SessionState {
  readonly handle: string
  readonly status: AccountStatus
  /** The account's epoch now. */
  readonly epoch: number
  readonly isRevoked: boolean
  /** True if the session remembers the refresh token that the access token came with. */
  readonly knowsToken: boolean
  /** True if that is the current one, of which nothing was used before. */
  readonly isFirstUse: boolean
}

/** Which access token is asked about. */
export interface SessionQuery {
  readonly sessionId: string
  readonly did: string
  readonly jti: string
}

/** A session's state, and what a client of today is told of its account. */
export interface ViewedSession extends SessionState {
  readonly account: SessionAccountRow
}

/** A session's state, and the account it belongs to. */
export interface OwnedSession extends SessionState {
  readonly profile: AccountProfile
}

/** The questions of authenticated calls. Those that wait share a statement. */
export interface SessionLookups {
  /**
   * One indexed query per authenticated call. Undefined if there is no such session of this
   * account.
   */
  findState(query: SessionQuery): Promise<SessionState | undefined>
  /** As {@link findState}, with what its owner may see of the account, in the one query. */
  findOwned(query: SessionQuery): Promise<OwnedSession | undefined>
  /** As {@link findState}, with what a client of today is told of the account, in the one query. */
  findViewed(query: SessionQuery): Promise<ViewedSession | undefined>
  /** An account as a client of today sees it. */
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

/** The sessions that are asked about, each with what its account says of it. */
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

/** True for the current token of a session, and those it can still be asked about. */
const REMEMBERS = sql<boolean>`(session.refresh_jti = wanted.jti
  or session.previous_jti is not distinct from wanted.jti
  or session.older_tokens @> jsonb_build_array(jsonb_build_object('jti', wanted.jti)))`

/** A purged account has no sessions any more. */
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
