import { later, type ServiceContext, type Tx } from '../context.ts'
import type { RefreshClaims } from '../crypto/tokens.ts'
import { AccountDisabled, ExpiredToken } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { translateTokenError } from './authenticate.ts'
import type { SignedIn } from './log-in.ts'
import type { SessionFamily } from './session-store.ts'
import { randomId, signSession } from './sessions.ts'

/**
 * Exchanges a refresh token for a new pair, after RFC 9700 §4.14.2: a token is good once. A client
 * that did not get the answer, or asked twice at once, repeats it shortly after and gets the same
 * pair, derived again from the family's row. A later repeat means that two parties hold the token,
 * and nobody knows which of them is the owner: the whole family ends.
 *
 * @throws {InvalidToken}
 * @throws {ExpiredToken} also when revoked.
 * @throws {AccountDisabled} leaving the token as it is.
 */
export async function refreshSession(
  context: ServiceContext,
  refreshJwt: string,
  caller: Caller,
): Promise<SignedIn> {
  const claims = await context.tokens.verifyRefresh(refreshJwt).catch(translateTokenError)
  await context.budgets.spend(caller, () => [{ limit: 'refresh', of: [claims.sessionId] }])
  const family = await context.store.transaction((tx) => rotate(context, tx, claims))
  // Outside the transaction: a refusal must not undo the revocation.
  if (family instanceof Error) throw family
  const { accessJwt, refreshJwt: successor } = await signSession(context, {
    id: claims.sessionId,
    did: claims.did,
    epoch: family.epoch,
    authTime: family.authTime,
    refreshJti: family.refreshJti,
    issuedAt: family.rotatedAt,
  })
  return { accessJwt, refreshJwt: successor, did: claims.did, handle: family.handle }
}

/** The family after the step, or why there is none. */
async function rotate(
  context: ServiceContext,
  tx: Tx,
  { sessionId: id, did, jti }: RefreshClaims,
): Promise<SessionFamily | ExpiredToken | AccountDisabled> {
  const { policy, clock, logger } = context
  const at = clock.now()
  const isCurrent = await tx.sessions.rotate({
    id,
    did,
    from: jti,
    to: randomId(context),
    at,
    expiresAt: later(at, policy.refreshTtl),
  })
  const family = await tx.sessions.findFamily(id, did)
  if (family === undefined || !isLive(family)) return new ExpiredToken('Token has been revoked')
  if (family.status === 'disabled') return new AccountDisabled('Account has been disabled')
  if (isCurrent) return family
  const isRepeat = family.previousJti === jti && at <= later(family.rotatedAt, policy.refreshGrace)
  if (isRepeat) return family

  if (await tx.sessions.revoke({ id, did, reason: 'reuse', at })) {
    await tx.audit.append({ event: 'session.reuse-detected', actor: 'system', did, at })
    logger.warn({ did }, 'a refresh token was used again; its session is ended')
  }
  return new ExpiredToken('Token has been used before; its session is ended')
}

function isLive({ isRevoked, epoch, accountEpoch, status }: SessionFamily): boolean {
  return !isRevoked && epoch === accountEpoch && (status === 'active' || status === 'disabled')
}
