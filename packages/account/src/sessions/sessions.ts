import { later, type ServiceContext, type Tx } from '../context.ts'
import type { RevocationReason } from '../db/tables.ts'

/** A login: the family its refresh tokens belong to, and the first of them. */
export interface Session {
  readonly id: string
  readonly did: string
  readonly epoch: number
  readonly authTime: Date
  readonly refreshJti: string
  /** When the tokens were issued; when the session began, unless they were refreshed since. */
  readonly issuedAt?: Date
  /** When the access token was issued, unless with the refresh token. */
  readonly accessIssuedAt?: Date
}

export interface SessionTokens {
  readonly accessJwt: string
  readonly refreshJwt: string
}

/** 128 bits: an identifier that is never guessed and never drawn twice. */
const ID_BYTES = 16

/** Begins a session of somebody who has just proved to be the owner. */
export async function openSession(
  context: ServiceContext,
  tx: Tx,
  { did, epoch }: Pick<Session, 'did' | 'epoch'>,
): Promise<Session> {
  const session: Session = {
    id: randomId(context),
    did,
    epoch,
    authTime: context.clock.now(),
    refreshJti: randomId(context),
  }
  await tx.sessions.insert({
    ...session,
    expiresAt: sessionExpiry(context, { authTime: session.authTime, issuedAt: session.authTime }),
  })
  return session
}

/** When a refresh token ends: its own life or that of the login, whichever is over first. */
export function sessionExpiry(
  { policy }: Pick<ServiceContext, 'policy'>,
  { authTime, issuedAt }: { readonly authTime: Date; readonly issuedAt: Date },
): Date {
  const [own, whole] = [later(issuedAt, policy.refreshTtl), later(authTime, policy.sessionTtl)]
  return own < whole ? own : whole
}

/** Ends every live session of an account, and tells how many. */
export async function endSessions(
  tx: Tx,
  {
    did,
    reason,
    at,
  }: { readonly did: string; readonly reason: RevocationReason; readonly at: Date },
): Promise<number> {
  return await tx.sessions.revokeAll(did, reason, at)
}

/** Forgets sessions whose last refresh token expired before a moment; at most so many. */
export async function removeExpiredSessions(
  { store }: Pick<ServiceContext, 'store'>,
  before: Date,
  limit: number,
): Promise<void> {
  await store.sessions.deleteExpired(before, limit)
}

/** The pair of tokens of a session: the same one every time, as long as the same key signs. Both name its generation. */
export async function signSession(
  { tokens }: ServiceContext,
  { id, did, epoch, authTime, refreshJti, issuedAt = authTime, accessIssuedAt = issuedAt }: Session,
): Promise<SessionTokens> {
  const claims = { did, sessionId: id, epoch, authTime, issuedAt, jti: refreshJti }
  const [accessJwt, refreshJwt] = await Promise.all([
    tokens.signAccess({ ...claims, issuedAt: accessIssuedAt }),
    tokens.signRefresh(claims),
  ])
  return { accessJwt, refreshJwt }
}

/** The name of a session or of a refresh token. */
export function randomId({ random }: ServiceContext): string {
  return Buffer.from(random(ID_BYTES)).toString('base64url')
}
