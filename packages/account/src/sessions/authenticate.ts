import type { ServiceContext } from '../context.ts'
import { type AccessClaims, TokenError } from '../crypto/tokens.ts'
import type { AccountProfile } from '../db/account-profile.ts'
import type { AccountStatus } from '../db/tables.ts'
import { AccountDisabled, ExpiredToken, InvalidToken } from '../errors.ts'
import type { SessionState } from './session-store.ts'

export type { AccountProfile } from '../db/account-profile.ts'

/** Whom an access token stands for. */
export interface AccessGrant {
  readonly did: string
  readonly handle: string
  readonly sessionId: string
  readonly status: AccountStatus
  /** When the owner last gave the password. */
  readonly authTime: Date
}

/**
 * Verifies an access token: its signature and times, and then, against the database, that its
 * session and its account still are what they were. A reset, a deletion or a revocation in any
 * process counts from its commit on.
 *
 * @param options.allowDisabled lets the owner of a disabled account in; for looking only.
 * @throws {InvalidToken} @throws {ExpiredToken} also when revoked: a client's answer is the same,
 *   log in again
 * @throws {AccountDisabled}
 */
export async function authenticate(
  { tokens, store }: ServiceContext,
  accessJwt: string,
  options: { readonly allowDisabled: boolean },
): Promise<AccessGrant> {
  const claims = await tokens.verifyAccess(accessJwt).catch(translateTokenError)
  const { did, sessionId, authTime } = claims
  const state = await store.sessions.findState(sessionId, did)
  if (!isLive(state, claims)) throw new ExpiredToken('Token has been revoked')
  const { handle, status } = state
  if (status === 'disabled' && !options.allowDisabled) {
    throw new AccountDisabled('Account has been disabled')
  }
  return { did, handle, sessionId, status, authTime }
}

/**
 * What the owner of an access token may see of the account, disabled or not: both questions in one
 * query.
 *
 * @throws {InvalidToken} @throws {ExpiredToken} as {@link authenticate}.
 */
export async function getOwnAccount(
  { tokens, store }: ServiceContext,
  accessJwt: string,
): Promise<AccountProfile> {
  const claims = await tokens.verifyAccess(accessJwt).catch(translateTokenError)
  const owned = await store.sessions.findOwned(claims.sessionId, claims.did)
  if (owned === undefined || !isLive(owned.state, claims)) {
    throw new ExpiredToken('Token has been revoked')
  }
  return owned.profile
}

function isLive(state: SessionState | undefined, claims: AccessClaims): state is SessionState {
  return (
    state !== undefined &&
    !state.isRevoked &&
    state.epoch === claims.epoch &&
    (state.status === 'active' || state.status === 'disabled')
  )
}

/** For `catch`: says in the words of the domain why a token was refused. */
export function translateTokenError(cause: unknown): never {
  if (!(cause instanceof TokenError)) throw cause
  const { message } = cause
  throw cause.code === 'expired'
    ? new ExpiredToken(message, { cause })
    : new InvalidToken(message, { cause })
}
