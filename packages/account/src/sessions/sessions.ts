import { later, type ServiceContext, type Tx } from '../context.ts'
import type { AccessScope, RevocationReason } from '../db/tables.ts'

/** A login: its refresh token family and the current refresh token. */
export interface Session {
  readonly id: string
  readonly did: string
  readonly epoch: number
  readonly authTime: Date
  readonly refreshJti: string
  /** When the refresh token was issued; the start of the session unless refreshed. */
  readonly issuedAt?: Date
  /** When the access token was issued; with the refresh token by default. */
  readonly accessIssuedAt?: Date
  readonly scope: AccessScope
}

export interface SessionTokens {
  readonly accessJwt: string
  readonly refreshJwt: string
}

/** 128 bits: identifiers that cannot be guessed and do not repeat. */
const ID_BYTES = 16

export interface NewLogin extends Pick<Session, 'did' | 'epoch'> {
  /** `access` by default. */
  readonly scope?: AccessScope
  /** The name of the app password used to log in. */
  readonly appPassword?: string | null
}

/** Begins a session of a newly authenticated owner. */
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

/**
 * Expiry of a refresh token: the end of its own lifetime or of the login's, whichever comes first.
 */
export function sessionExpiry(
  { policy }: Pick<ServiceContext, 'policy'>,
  { authTime, issuedAt }: { readonly authTime: Date; readonly issuedAt: Date },
): Date {
  const [own, whole] = [later(issuedAt, policy.refreshTtl), later(authTime, policy.sessionTtl)]
  return own < whole ? own : whole
}

/** Ends every live session of an account; returns how many. */
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

/** Ends the live sessions of an app password. */
export async function endAppSessions(
  tx: Tx,
  session: { readonly did: string; readonly appPassword: string; readonly at: Date },
): Promise<void> {
  await tx.sessions.revokeApp(session)
}

/** Deletes sessions whose last refresh token expired before a moment, `limit` at most. */
export async function removeExpiredSessions(
  { store }: Pick<ServiceContext, 'store'>,
  before: Date,
  limit: number,
): Promise<void> {
  await store.sessions.deleteExpired(before, limit)
}

/**
 * Signs the pair of tokens of a session. Deterministic while the signing key stays the same. Both
 * tokens have the same `jti`.
 */
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

/** A random id for a session or a refresh token. On a command line, a leading `-` is an option. */
export function randomId({ random }: ServiceContext): string {
  return Buffer.from(random(ID_BYTES)).toString('base64url').replace(/^-/, '_')
}
