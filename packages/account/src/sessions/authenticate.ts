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

/** The account and the session of an access token. */
export interface AccessGrant {
  readonly did: string
  readonly handle: string
  readonly sessionId: string
  readonly status: AccountStatus
  /** When the owner last entered the password. */
  readonly authTime: Date
  /** The scope of the token. */
  readonly scope: AccessScope
}

/** The sessions that an operation admits. */
export interface Admission {
  /** Admits disabled accounts; only for reading. */
  readonly allowDisabled: boolean
  /** Admits deactivated accounts; false by default. */
  readonly allowDeactivated?: boolean
  /** Admitted token scopes; only `access` by default. */
  readonly scopes?: readonly AccessScope[]
}

/** Scopes of sessions of the owner and the owner's apps. */
export const SESSION_SCOPES: readonly AccessScope[] = ['access', 'appPass', 'appPassPrivileged']

/**
 * Verifies an access token: its signature and times, then its session and account in the database.
 * A reset, deletion or revocation in any process takes effect with its commit.
 *
 * @throws {InvalidToken} @throws {ExpiredToken} also if revoked: in both cases clients must log in
 *   again.
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
 * Verifies an access token and returns the account, disabled or not, in one query.
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
 * The session as today's clients see it, in one query; includes sessions of apps and of deactivated
 * accounts.
 *
 * @throws {InvalidToken} @throws {ExpiredToken} @throws {AccountDisabled} @throws {BadTokenScope}
 * as {@link authenticate}.
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
  // A client follows the DID document to the account's new host, where the token is not accepted.
  if ((await context.tokens.isCurrent?.(accessJwt)) === false) {
    translateTokenError(new TokenError('stale-audience'))
  }
  return toSessionAccount(account)
}

interface Lookup<Found> extends Admission {
  readonly find: () => Promise<Found | undefined>
}

/**
 * Returns the result of `find` if the token is live. The first use of a token issued with the
 * current refresh token is recorded, which ends the retry window of the refresh token before.
 *
 * @throws {ExpiredToken} @throws {AccountDisabled} @throws {AccountDeactivated}
 * @throws {BadTokenScope}
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
  // Used or rotated in the meantime; the token may belong to a dropped successor.
  return await look()
}

/** States of an account in which sessions may be live. */
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

/** For `catch`: maps a TokenError to an error of the domain. */
export function translateTokenError(cause: unknown): never {
  if (!(cause instanceof TokenError)) throw cause
  const { message, code } = cause
  // A token for the account's former host must be refreshed, too.
  throw code === 'expired' || code === 'stale-audience'
    ? new ExpiredToken(message, { cause })
    : new InvalidToken(message, { cause })
}
