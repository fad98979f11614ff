import { later, type ServiceContext } from '../context.ts'
import type { RefreshClaims } from '../crypto/tokens.ts'
import type { AccountStatus } from '../db/tables.ts'
import { AccountDisabled, ExpiredToken, TemporarilyUnavailable } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { translateTokenError } from './authenticate.ts'
import type { SignedIn } from './log-in.ts'
import { refreshStep } from './refresh-step.ts'
import { describeSession, type SessionAccount, toSessionAccount } from './session-account.ts'
import type { SessionFamily } from './session-family-store.ts'
import { randomId, sessionExpiry, signSession } from './sessions.ts'

/** States of an account in which its sessions can be refreshed. */
const USABLE: ReadonlySet<AccountStatus> = new Set(['active', 'deactivated'])

/** A refreshed session and the account as shown to today's clients. */
export interface RefreshedSession extends SignedIn {
  readonly account: SessionAccount
}

/** Attempts when concurrent requests change the same family. */
const MAX_ATTEMPTS = 10

/**
 * Exchanges a refresh token for a new pair. Within the grace period every token of the family
 * returns the same refresh token, derived again from the family's row; see {@link refreshStep} for
 * the rules.
 *
 * @throws {InvalidToken}
 * @throws {ExpiredToken} also if revoked.
 * @throws {AccountDisabled} without using the token up.
 * @throws {RateLimitExceeded}
 */
export async function refreshSession(
  context: ServiceContext,
  refreshJwt: string,
  caller: Caller,
): Promise<RefreshedSession> {
  const { tokens, budgets, policy } = context
  const claims = await tokens.verifyRefresh(refreshJwt).catch(translateTokenError)
  await budgets.spend(caller, () => [{ limit: 'refresh', of: [claims.sessionId] }])
  const at = context.clock.now()
  const family = await takeStep(context, claims, at)
  const { rotatedAt } = family
  // The same access token too, unless half of its lifetime is over.
  const isFresh = at < later(rotatedAt, policy.accessTtl / 2)
  const pair = await signSession(context, {
    id: claims.sessionId,
    did: claims.did,
    epoch: family.epoch,
    authTime: family.authTime,
    refreshJti: family.refreshJti,
    scope: family.scope,
    issuedAt: rotatedAt,
    ...(!isFresh && { accessIssuedAt: at }),
  })
  const account = toSessionAccount(family.account)
  const signedIn = { ...pair, did: claims.did, handle: account.handle }
  return tokens.isCurrent === undefined
    ? { ...signedIn, account }
    : await describeSignedIn(context, signedIn)
}

/**
 * Describes the account of new tokens. If it has moved to another host since they were signed, its
 * DID document names another host than they do, and they are signed again.
 *
 * @throws {AccountNotFound}
 */
export async function describeSignedIn(
  context: ServiceContext,
  signedIn: SignedIn,
): Promise<RefreshedSession> {
  const account = await describeSession(context, signedIn.did)
  const isCurrent = (await context.tokens.isCurrent?.(signedIn.accessJwt)) ?? true
  return isCurrent
    ? { ...signedIn, account }
    : await refreshSession(context, signedIn.refreshJwt, 'unlimited')
}

/**
 * Takes a step and returns the family after it. A step is one statement, which fails if the family
 * has changed since the step was decided; then it is decided again.
 */
async function takeStep(
  context: ServiceContext,
  claims: RefreshClaims,
  at: Date,
): Promise<SessionFamily> {
  const { store, policy } = context
  const { sessionId: id, did, jti } = claims
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const family = await store.sessions.findFamily(id, did)
    if (family?.account.status === 'disabled')
      throw new AccountDisabled('Account has been disabled')
    if (family === undefined || !isLive(family)) throw new ExpiredToken('Token has been revoked')
    const step = refreshStep(family, { jti, at, grace: policy.refreshGrace })
    if (step.kind === 'repeat') return family
    if (step.kind === 'reuse') {
      await endFamily(context, claims, at)
      throw new ExpiredToken('Token has been used before; its session is ended')
    }
    const refreshJti = randomId(context)
    const isRotated = await store.sessions.rotate({
      id,
      did,
      from: family.refreshJti,
      to: refreshJti,
      at,
      expiresAt: sessionExpiry(context, { authTime: family.authTime, issuedAt: at }),
      history: step.history,
      onlyUnused: step.onlyUnused,
    })
    if (isRotated) return { ...family, refreshJti, rotatedAt: at }
  }
  throw new TemporarilyUnavailable('The session is being changed; try again', {
    retryAfterSeconds: 1,
  })
}

/** Ends a family whose tokens two parties hold. Only the call that ends it notifies the owner. */
async function endFamily(
  { store, logger }: ServiceContext,
  { sessionId: id, did }: RefreshClaims,
  at: Date,
): Promise<void> {
  const isEnded = await store.transaction(async (tx) => {
    if (!(await tx.sessions.revoke({ id, did, reason: 'reuse', at }))) return false
    await tx.outbox.add('session-reuse', did, at)
    await tx.audit.append({ event: 'session.reuse-detected', actor: 'system', did, at })
    return true
  })
  if (isEnded) logger.warn({ did }, 'a refresh token was used again; its session is ended')
}

function isLive({ isRevoked, epoch, accountEpoch, account }: SessionFamily): boolean {
  return !isRevoked && epoch === accountEpoch && USABLE.has(account.status)
}
