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
  context: ServiceContext,
  accessJwt: string,
  options: { readonly allowDisabled: boolean },
): Promise<AccessGrant> {
  const { sessions } = context.store
  const claims = await context.tokens.verifyAccess(accessJwt).catch(translateTokenError)
  const { did, sessionId, authTime } = claims
  const { handle, status } = await use(context, claims, {
    ...options,
    find: () => sessions.findState(claims),
  })
  return { did, handle, sessionId, status, authTime }
}

/**
 * What the owner of an access token may see of the account, disabled or not: both questions in one
 * query.
 *
 * @throws {InvalidToken} @throws {ExpiredToken} as {@link authenticate}.
 */
export async function getOwnAccount(
  context: ServiceContext,
  accessJwt: string,
): Promise<AccountProfile> {
  const { sessions } = context.store
  const claims = await context.tokens.verifyAccess(accessJwt).catch(translateTokenError)
  const { profile } = await use(context, claims, {
    allowDisabled: true,
    find: () => sessions.findOwned(claims),
  })
  return profile
}

interface Lookup<Found> {
  readonly allowDisabled: boolean
  readonly find: () => Promise<Found | undefined>
}

/**
 * Returns what `find` tells of a session, if the token still counts. The first use of a token that came with
 * the current refresh token is remembered: from then on the one before that has come back too late.
 *
 * @throws {ExpiredToken} @throws {AccountDisabled}
 */
async function use<Found extends SessionState>(
  { store }: ServiceContext,
  claims: AccessClaims,
  { allowDisabled, find }: Lookup<Found>,
): Promise<Found> {
  const look = async (): Promise<Found> => {
    const found = await find()
    if (found?.status === 'disabled' && !allowDisabled) {
      throw new AccountDisabled('Account has been disabled')
    }
    return requireLive(found, claims)
  }
  const found = await look()
  if (!found.isFirstUse || (await store.sessions.markUsed(claims))) return found
  // Used or rotated away meanwhile; the token may be one that was given up.
  return await look()
}

function requireLive<Found extends SessionState>(
  found: Found | undefined,
  { epoch, jti }: AccessClaims,
): Found {
  const isLive =
    found !== undefined &&
    !found.isRevoked &&
    found.epoch === epoch &&
    (found.knowsToken || jti === '') &&
    (found.status === 'active' || found.status === 'disabled')
  if (!isLive) throw new ExpiredToken('Token has been revoked')
  return found
}

/** For `catch`: says in the words of the domain why a token was refused. */
export function translateTokenError(cause: unknown): never {
  if (!(cause instanceof TokenError)) throw cause
  const { message } = cause
  throw cause.code === 'expired'
    ? new ExpiredToken(message, { cause })
    : new InvalidToken(message, { cause })
}
