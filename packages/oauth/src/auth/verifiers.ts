import type { IncomingMessage } from 'node:http'
import { InvalidRequestError } from '@atproto/xrpc-server'
import type { AccessScope, AccountModule, AccountStatus } from '@lexwright/account'
import { type Permissions, unrestricted } from './permissions.ts'
import {
  type AppCredentials,
  type AuthContext,
  authorized,
  isOfApp,
  type Resource,
  verifyApp,
} from './verify-app.ts'

/** The callers that a method admits. */
export interface MethodRule<Context extends AuthContext> {
  /**
   * Throws if an app may not call, usually by `permissions.assertRepo(…)` and the like. For
   * permissions that depend on the body, pass an empty function and check `credentials.permissions`
   * in the handler. Not called for password sessions, which may do everything.
   */
  readonly authorize: (permissions: Permissions, context: Context) => void
  /** Admitted sessions; those of the owner and of app passwords by default. */
  readonly sessions?: readonly AccessScope[]
  /** True to admit deactivated accounts; false by default. */
  readonly allowDeactivated?: boolean
}

/** A password session. */
export interface SessionCredentials {
  readonly type: 'session'
  readonly did: string
  readonly handle: string
  readonly scope: AccessScope
  readonly permissions: Permissions
  readonly status: AccountStatus
}

export interface AppAuth {
  readonly credentials: AppCredentials | SessionCredentials
}

/** Verifiers for the host's own methods. */
export interface AppVerifiers {
  /**
   * Accepts tokens of apps (`Authorization: DPoP`) and of sessions (`Authorization: Bearer`).
   * Invalid token of an app → 401 with `WWW-Authenticate: DPoP`; missing permission → 403
   * `ScopeMissingError`; sessions as in `AccountModule.todaysAuth`.
   *
   * @throws {TypeError} for a rule without `authorize`.
   */
  method<Context extends AuthContext>(
    rule: MethodRule<Context>,
  ): (context: Context) => Promise<AppAuth>
}

export function createVerifiers(accounts: AccountModule, resource: Resource): AppVerifiers {
  return {
    method: (rule) => {
      demandRule(rule)
      return async (context) => {
        if (isOfApp(context)) {
          return { credentials: await admitApp(resource, rule, context) }
        }
        const credentials = await verifySession(accounts, context, rule.sessions)
        demandActive(credentials.status, rule)
        return { credentials }
      }
    },
  }
}

/** @throws {TypeError} */
export function demandRule({ authorize }: { readonly authorize: unknown }): void {
  if (typeof authorize === 'function') return
  throw new TypeError(
    'The option "authorize" is missing: it decides which apps may call the method',
  )
}

/** Verifies the token of an app and applies the rule. */
export async function admitApp<Context extends AuthContext>(
  resource: Resource,
  rule: MethodRule<Context>,
  context: Context,
): Promise<AppCredentials> {
  const credentials = await verifyApp(resource, context)
  demandActive(credentials.status, rule)
  authorized(() => rule.authorize(credentials.permissions, context))
  return credentials
}

function demandActive(
  status: AccountStatus,
  { allowDeactivated = false }: { readonly allowDeactivated?: boolean },
): void {
  if (status !== 'deactivated' || allowDeactivated) return
  throw new InvalidRequestError('Account is deactivated', 'AccountDeactivated')
}

async function verifySession(
  accounts: AccountModule,
  { req }: AuthContext,
  scopes: readonly AccessScope[] | undefined,
): Promise<SessionCredentials> {
  refuseForeignBearer(req)
  const { session, anySession } = accounts.todaysAuth
  const verify = scopes?.includes('takendown') ? anySession : session
  const { credentials } = await verify({ req })
  const { did, handle, scope, status } = credentials
  if (scopes !== undefined && !scopes.includes(scope)) {
    throw new InvalidRequestError('Bad token scope', 'InvalidToken')
  }
  return { type: 'session', did, handle, scope, permissions: unrestricted, status }
}

/** A token bound to a key or a method is not a session, even with a valid signature. */
function refuseForeignBearer({ headers }: IncomingMessage): void {
  const [, payload = ''] = headers.authorization?.split('.') ?? []
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (claims?.cnf === undefined && claims?.lxm === undefined) return
  } catch {
    return
  }
  throw new InvalidRequestError('Malformed token', 'InvalidToken')
}
