import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OAuthProvider } from '@atproto/oauth-provider/provider'
import { ScopeMissingError } from '@atproto/oauth-scopes'
import { AuthRequiredError, InvalidRequestError, XRPCError } from '@atproto/xrpc-server'
import type { AccessScope, AccountModule, AccountStatus } from '@lexwright/account'
import type { AccountExtension } from '@lexwright/account/extension'
import { currentRequest, withRequest } from '../request-context.ts'
import type { OAuthStore } from '../store/store.ts'
import { type Permissions, permissionsOf, unrestricted } from './permissions.ts'

/** What a verifier needs of a call. */
export interface AuthContext {
  readonly req: IncomingMessage
  readonly res?: ServerResponse
}

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

/** An app, by a DPoP-bound token. */
export interface AppCredentials {
  readonly type: 'app'
  readonly did: string
  /** Of the token, with permission sets resolved. */
  readonly scope: string
  readonly permissions: Permissions
  readonly clientId: string
  readonly tokenId: string
  readonly status: AccountStatus
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

export interface VerifierParts {
  readonly accounts: AccountModule
  readonly extension: AccountExtension
  readonly store: OAuthStore
  readonly load: () => Promise<{ readonly provider: OAuthProvider }>
}

export function createVerifiers(parts: VerifierParts): AppVerifiers {
  return {
    method: (rule) => {
      if (typeof rule.authorize !== 'function') {
        throw new TypeError('A method needs a rule that says which apps may call it: authorize')
      }
      return async (context) => {
        if (/^dpop /i.test(context.req.headers.authorization ?? '')) {
          const credentials = await verifyApp(parts, context)
          demandActive(credentials.status, rule)
          authorize(rule, credentials.permissions, context)
          return { credentials }
        }
        const credentials = await verifySession(parts, context, rule.sessions)
        demandActive(credentials.status, rule)
        return { credentials }
      }
    },
  }
}

function demandActive(
  status: AccountStatus,
  { allowDeactivated = false }: { readonly allowDeactivated?: boolean },
): void {
  if (status !== 'deactivated' || allowDeactivated) return
  throw new InvalidRequestError('Account is deactivated', 'AccountDeactivated')
}

function authorize<Context extends AuthContext>(
  rule: MethodRule<Context>,
  permissions: Permissions,
  context: Context,
): void {
  try {
    rule.authorize(permissions, context)
  } catch (cause) {
    if (!(cause instanceof ScopeMissingError)) throw cause
    throw new XRPCError(403, cause.message, cause.name, { cause })
  }
}

async function verifySession(
  { accounts }: VerifierParts,
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

async function verifyApp(
  { extension, store, load }: VerifierParts,
  { req, res }: AuthContext,
): Promise<AppCredentials> {
  const { provider } = await load()
  expose(res, 'DPoP-Nonce', provider.nextDpopNonce())
  const { policy } = extension
  const path = (req as IncomingMessage & { readonly originalUrl?: string }).originalUrl ?? req.url
  try {
    return await withRequest({ req, res }, async () => {
      const claims = await provider.authenticateRequest(
        req.method ?? 'GET',
        new URL(path ?? '/', policy.publicUrl),
        req.headers,
        { audience: [policy.serviceDid] },
      )
      const did = claims.sub
      // Tokens that are looked up come with their account.
      const account =
        currentRequest()?.account ??
        (await store.devices.findAccount({ did, deviceId: undefined, now: new Date() }))
      if (account === undefined) throw new AuthRequiredError('Account not found', 'InvalidToken')
      const scope = claims.scope ?? ''
      return {
        type: 'app',
        did,
        scope,
        permissions: permissionsOf(scope),
        clientId: claims.client_id ?? '',
        tokenId: claims.jti,
        status: account.deactivated ? 'deactivated' : 'active',
      }
    })
  } catch (cause) {
    throw toAnswer(cause, res)
  }
}

interface OAuthRefusal {
  readonly error: string
  readonly error_description: string
  readonly status: number
  readonly wwwAuthenticateHeader?: string
}

function toAnswer(cause: unknown, res: ServerResponse | undefined): unknown {
  if (cause instanceof XRPCError || !isRefusal(cause)) return cause
  if (cause.status === 503) res?.setHeader('Retry-After', 5)
  else expose(res, 'WWW-Authenticate', cause.wwwAuthenticateHeader)
  return new XRPCError(cause.status, cause.error_description, cause.error, { cause })
}

/** By its shape, so that the provider's classes need not be loaded for calls without a token of an app. */
function isRefusal(error: unknown): error is OAuthRefusal {
  return error instanceof Error && 'error_description' in error && 'status' in error
}

/** Sets a header that pages of other origins may read. */
function expose(res: ServerResponse | undefined, name: string, value: string | undefined): void {
  if (value === undefined || res === undefined) return
  res.setHeader(name, value)
  res.appendHeader('Access-Control-Expose-Headers', name)
}
