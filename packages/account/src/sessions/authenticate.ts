import type { ServiceContext } from '../context.ts'
import { type AccessClaims, TokenError } from '../crypto/tokens.ts'
import type { AccountProfile } from '../db/account-profile.ts'
import type { AccessScope, AccountStatus } from '../db/tables.ts'
import {
  AccountDeactivated,
  AccountDisabled,
  BadTokenScope,
  ExpiredToken,
  InvalidToken,
} from '../errors.ts'
import { type SessionAccount, toSessionAccount } from './session-account.ts'
import type { SessionState } from './session-lookup-store.ts'

export type { AccountProfile } from '../db/account-profile.ts'
export type { AccessScope } from '../db/tables.ts'

/** Whom an access token stands for. */
export interface AccessGrant {
  readonly did: string
  readonly handle: string
  readonly sessionId: string
  readonly status: AccountStatus
  /** When the owner last gave the password. */
  readonly authTime: Date
  /** The scope of the token. */
  readonly scope: AccessScope
}

/** Whom an operation lets in. */
export interface Admission {
  /** Also the owner of a disabled account: for looking only. */
  readonly allowDisabled: boolean
  /** Also the owner of a deactivated account; false by default. */
  readonly allowDeactivated?: boolean
  /** Tokens with one of these scopes; only `access` by default. */
  readonly scopes?: readonly AccessScope[]
}

/** Sessions of the owner, and of the owner's apps. */
export const SESSION_SCOPES: readonly AccessScope[] = ['access', 'appPass', 'appPassPrivileged']

/**
 * Verifies an access token: its signature and times, and then, against the database, that its
 * session and its account still are what they were. A reset, a deletion or a revocation in any
 * process counts from its commit on.
 *
 * @throws {InvalidToken} @throws {ExpiredToken} also when revoked: a client's answer is the same,
 *   log in again
 * @throws {AccountDisabled} @throws {AccountDeactivated} @throws {BadTokenScope}
 */
export async function authenticate(
  context: ServiceContext,
  accessJwt: string,
  admission: Admission,
): Promise<AccessGrant> {
  const { sessions } = context.store
  const claims = await context.tokens.verifyAccess(accessJwt).catch(translateTokenError)
  const { did, sessionId, authTime, scope } = claims
  const { handle, status } = await use(context, claims, {
    ...admission,
    find: () => sessions.findState(claims),
  })
  return { did, handle, sessionId, status, authTime, scope }
}

/**
 * The account as the owner of an access token may see it, disabled or not: both questions in one
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

/**
 * The session as a client of today sees it, in one query; of apps and of deactivated accounts too.
 *
 * @throws {InvalidToken} @throws {ExpiredToken} @throws {AccountDisabled} @throws {BadTokenScope} as {@link authenticate}.
 */
export async function viewSession(
  context: ServiceContext,
  accessJwt: string,
): Promise<SessionAccount> {
  const { sessions } = context.store
  const claims = await context.tokens.verifyAccess(accessJwt).catch(translateTokenError)
  const { account } = await use(context, claims, {
    allowDisabled: false,
    allowDeactivated: true,
    scopes: SESSION_SCOPES,
    find: () => sessions.findViewed(claims),
  })
  return toSessionAccount(account)
}

interface Lookup<Found> extends Admission {
  readonly find: () => Promise<Found | undefined>
}

/**
 * Returns what `find` tells of a session, if the token still counts. The first use of a token that came with
 * the current refresh token is remembered: from then on the one before that has come back too late.
 *
 * @throws {ExpiredToken} @throws {AccountDisabled} @throws {AccountDeactivated} @throws {BadTokenScope}
 */
async function use<Found extends SessionState>(
  { store }: ServiceContext,
  claims: AccessClaims,
  { allowDisabled, allowDeactivated = false, scopes = ['access'], find }: Lookup<Found>,
): Promise<Found> {
  if (!scopes.includes(claims.scope)) throw new BadTokenScope('Bad token scope')
  const look = async (): Promise<Found> => {
    const found = await find()
    if (found?.status === 'disabled' && !allowDisabled && claims.scope !== 'takendown') {
      throw new AccountDisabled('Account has been disabled')
    }
    const live = requireLive(found, claims)
    if (live.status === 'deactivated' && !allowDeactivated) {
      throw new AccountDeactivated('Account is deactivated')
    }
    return live
  }
  const found = await look()
  if (!found.isFirstUse || (await store.sessions.markUsed(claims))) return found
  // Used or rotated away meanwhile; the token may be one that was given up.
  return await look()
}

/** States of an account in which a session may be live. */
const LIVE: ReadonlySet<AccountStatus> = new Set(['active', 'deactivated', 'disabled'])

function requireLive<Found extends SessionState>(
  found: Found | undefined,
  { epoch, jti }: AccessClaims,
): Found {
  const isLive =
    found !== undefined &&
    !found.isRevoked &&
    found.epoch === epoch &&
    (found.knowsToken || jti === '') &&
    LIVE.has(found.status)
  if (!isLive) throw new ExpiredToken('Token has been revoked')
  return found
}

/** For `catch`: says in the words of the domain why a token was refused. */
export function translateTokenError(cause: unknown): never {
  if (!(cause instanceof TokenError)) throw cause
  const { message, code } = cause
  // The owner of a token for the account's former host has to refresh it, too.
  throw code === 'expired' || code === 'stale-audience'
    ? new ExpiredToken(message, { cause })
    : new InvalidToken(message, { cause })
}
