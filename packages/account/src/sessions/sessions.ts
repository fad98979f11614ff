import { later, type ServiceContext, type Tx } from '../context.ts'
import type { AccessScope, RevocationReason } from '../db/tables.ts'

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
  readonly scope: AccessScope
}

export interface SessionTokens {
  readonly accessJwt: string
  readonly refreshJwt: string
}

/** 128 bits: an identifier that is never guessed and never drawn twice. */
const ID_BYTES = 16

export interface NewLogin extends Pick<Session, 'did' | 'epoch'> {
  /** `access` by default. */
  readonly scope?: AccessScope
  /** The name of the app password that it begins with. */
  readonly appPassword?: string | null
}

/** Begins a session of somebody who has just proved to be the owner. */
export async function openSession(
  context: ServiceContext,
  tx: Tx,
  { did, epoch, scope = 'access', appPassword = null }: NewLogin,
): Promise<Session> {
  const session: Session = {
    id: randomId(context),
    did,
    epoch,
    authTime: context.clock.now(),
    refreshJti: randomId(context),
    scope,
  }
  await tx.sessions.insert({
    ...session,
    appPassword,
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

/** Ends the live sessions that began with an app password. */
export async function endAppSessions(
  tx: Tx,
  session: { readonly did: string; readonly appPassword: string; readonly at: Date },
): Promise<void> {
  await tx.sessions.revokeApp(session)
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
  session: Session,
): Promise<SessionTokens> {
  const { id, did, epoch, authTime, refreshJti, scope } = session
  const { issuedAt = authTime, accessIssuedAt = issuedAt } = session
  const claims = { did, sessionId: id, epoch, authTime, issuedAt, jti: refreshJti }
  const [accessJwt, refreshJwt] = await Promise.all([
    tokens.signAccess({ ...claims, issuedAt: accessIssuedAt, scope }),
    tokens.signRefresh(claims),
  ])
  return { accessJwt, refreshJwt }
}

/** The name of a session or of a refresh token. */
export function randomId({ random }: ServiceContext): string {
  return Buffer.from(random(ID_BYTES)).toString('base64url')
}
