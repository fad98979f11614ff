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

/** Who may call a method. */
export interface MethodRule<Context extends AuthContext> {
  /**
   * Decides if an app may call: by `permissions.assertRepo(…)` and its like, which throw, or by throwing. What depends on the body
   * is decided in the handler, with the same `credentials.permissions`; say so here with an empty function. Not asked about
   * sessions with a password, which may do everything.
   */
  readonly authorize: (permissions: Permissions, context: Context) => void
  /** Which sessions may call; those of the owner and of app passwords by default. */
  readonly sessions?: readonly AccessScope[]
  /** True if accounts that are deactivated may call; false by default. */
  readonly allowDeactivated?: boolean
}

/** A session that began with a password. */
export interface SessionCredentials {
  readonly type: 'session'
  readonly did: string
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
   * Takes tokens of apps (`Authorization: DPoP`) and of sessions (`Authorization: Bearer`). A token of an app that is no good → 401
   * with `WWW-Authenticate: DPoP`; one without the permission → 403 `ScopeMissingError`; sessions as
   * `AccountModule.todaysAuth` answers them.
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
  throw new TypeError('A method needs a rule that says which apps may call it: authorize')
}

/** Verifies the token of an app, and asks the rule. */
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
  const { did, scope, status } = credentials
  if (scopes !== undefined && !scopes.includes(scope)) {
    throw new InvalidRequestError('Bad token scope', 'InvalidToken')
  }
  return { type: 'session', did, scope, permissions: unrestricted, status }
}

/** A token that is bound to a key or to a method is no session, whoever signed it. */
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
