import type { IncomingMessage } from 'node:http'
import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import type { AccountService } from '../account-service.ts'
import { WrongCredentials } from '../errors.ts'
import { type AccessScope, SESSION_SCOPES } from '../sessions/authenticate.ts'
import type { SessionAccount } from '../sessions/session-account.ts'
import type { AppCaller, Apps } from './apps.ts'
import type { AccessAuth, AuthContext, AuthVerifiers, BearerAuth } from './auth.ts'
import { identify } from './identified-request.ts'

/**
 * Verifiers with today's answers: missing token → 401 `AuthMissing`; not ours → 400 `InvalidToken`;
 * another scope → 400 `InvalidToken` "Bad token scope"; expired or revoked → 400 `ExpiredToken`;
 * account taken down → 401 `AccountTakedown`. Deactivated accounts pass, with their state in
 * `credentials.status`.
 */
export interface TodaysVerifiers {
  /** A login with the account password. */
  readonly owner: (context: AuthContext) => Promise<AccessAuth>
  /** A login with the account password or an app password. */
  readonly session: (context: AuthContext) => Promise<AccessAuth>
  /** Like `owner`, also for logins of taken-down accounts, which can do little but leave. */
  readonly leaving: (context: AuthContext) => Promise<AccessAuth>
  /** Like `session`, also for logins of taken-down accounts. */
  readonly anySession: (context: AuthContext) => Promise<AccessAuth>
}

/** Lacks the email address for apps that may not read it. */
export type ViewedAccount = Omit<SessionAccount, EmailDetail> &
  Partial<Pick<SessionAccount, EmailDetail>>

type EmailDetail = 'email' | 'emailConfirmed' | 'emailAuthFactor'

/** A session and the account as shown to its client. */
export interface ViewAuth {
  readonly credentials: { readonly type: 'view'; readonly account: ViewedAccount }
}

export function createTodaysVerifiers(service: AccountService, apps: Apps): TodaysVerifiers {
  const verifier =
    (scopes: readonly AccessScope[]) =>
    async (context: AuthContext): Promise<AccessAuth> => {
      const { req } = context
      const app = await apps.admit?.(context)
      if (app !== undefined) return asAccess(req, app)
      const admission = { allowDisabled: false, allowDeactivated: true, scopes }
      const grant = await service.authenticate(requireBearer(req), admission)
      identify(req, grant.did)
      return { credentials: { type: 'access', ...grant } }
    }
  return {
    owner: verifier(['access']),
    session: verifier(SESSION_SCOPES),
    leaving: verifier(['access', 'takendown']),
    anySession: verifier([...SESSION_SCOPES, 'takendown']),
  }
}

/** An app only reaches the methods it was admitted to, so it gets the owner's scope. */
function asAccess(
  req: IncomingMessage,
  { did, handle, status, id: sessionId, since: authTime }: AppCaller,
): AccessAuth {
  identify(req, did)
  const scope = 'access'
  return { credentials: { type: 'access', did, handle, status, sessionId, authTime, scope } }
}

/**
 * The admin's verifier with today's answer, which is the same for missing and wrong credentials.
 */
export function todaysAdmin({ admin }: Pick<AuthVerifiers, 'admin'>): Pick<AuthVerifiers, 'admin'> {
  return {
    admin: async (context) => {
      return await admin(context).catch(refuseLikeToday)
    },
  }
}

/** Rethrows refusals of a password with today's answer. */
export function refuseLikeToday(cause: unknown): never {
  const isRefusal = cause instanceof AuthRequiredError || cause instanceof WrongCredentials
  throw isRefusal ? new AuthRequiredError(undefined, undefined, { cause }) : cause
}

/** Like `session`, for methods that return the account. */
export function viewVerifier(
  service: AccountService,
  apps: Apps,
): (context: AuthContext) => Promise<ViewAuth> {
  return async (context) => {
    const { req } = context
    const app = await apps.admit?.(context)
    if (app !== undefined) {
      identify(req, app.did)
      const described = await service.describeSession(app.did)
      const { email, emailConfirmed, emailAuthFactor, ...account } = described
      return { credentials: { type: 'view', account: app.canReadEmail ? described : account } }
    }
    const account = await service.viewSession(requireBearer(req))
    identify(req, account.did)
    return { credentials: { type: 'view', account } }
  }
}

/** For methods that take the bearer token as their input. */
export async function refreshToken({ req }: AuthContext): Promise<BearerAuth> {
  return { credentials: { type: 'bearer', token: requireBearer(req) } }
}

/** Scheme names are case-insensitive (RFC 9110 §11.1). */
function requireBearer(req: IncomingMessage): string {
  const { authorization = '' } = req.headers
  const token = /^bearer +(\S.*)$/i.exec(authorization)?.[1]?.trim()
  if (token !== undefined) return token
  if (authorization === '') throw new AuthRequiredError('Authentication Required', 'AuthMissing')
  throw new InvalidRequestError('Unexpected authorization type', 'InvalidToken')
}
