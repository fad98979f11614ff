import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OAuthVerifier } from '@atproto/oauth-provider/verifier'
import { ScopeMissingError } from '@atproto/oauth-scopes'
import { AuthRequiredError, XRPCError } from '@atproto/xrpc-server'
import type { AccountStatus } from '@lexwright/account'
import { isDatabaseUnavailable } from '@lexwright/account/extension'
import { currentRequest, withRequest } from '../request-context.ts'
import type { LiveAccount } from '../store/live-account.ts'
import { type Permissions, permissionsOf } from './permissions.ts'

/** Request and response of a call, for a verifier. */
export interface AuthContext {
  readonly req: IncomingMessage
  readonly res?: ServerResponse
}

/** An app, authenticated by a DPoP-bound token. */
export interface AppCredentials {
  readonly type: 'app'
  readonly did: string
  readonly handle: string
  /** Scope of the token, with permission sets resolved. */
  readonly scope: string
  readonly permissions: Permissions
  readonly clientId: string
  readonly tokenId: string
  /** When the token was issued. */
  readonly issuedAt: Date
  readonly status: AccountStatus
}

/** A resource server for tokens of apps. */
export interface Resource {
  /** Origin of the server. */
  readonly url: string
  /** DID of the server. */
  readonly audience: string
  readonly load: () => Promise<{ readonly provider: OAuthVerifier }>
  /** Undefined for an account that is no longer usable. */
  readonly findAccount: (did: string) => Promise<AppAccount | undefined>
}

export type AppAccount = Pick<LiveAccount, 'handle' | 'deactivated'>

/** True for a call with a DPoP token (RFC 9449). */
export function isOfApp({ req }: AuthContext): boolean {
  return /^dpop /i.test(req.headers.authorization ?? '')
}

/** Runs a rule and answers 403 with the missing permission. */
export function authorized(rule: () => void): void {
  try {
    rule()
  } catch (cause) {
    if (!(cause instanceof ScopeMissingError)) throw cause
    throw new XRPCError(403, cause.message, cause.name, { cause })
  }
}

/** @throws {XRPCError} 401 with `WWW-Authenticate` for an invalid token. */
export async function verifyApp(
  { url, audience, load, findAccount }: Resource,
  { req, res }: AuthContext,
): Promise<AppCredentials> {
  const { provider } = await load()
  expose(res, 'DPoP-Nonce', provider.nextDpopNonce())
  try {
    return await withRequest({ req, res }, async () => {
      const claims = await provider.authenticateRequest(
        req.method ?? 'GET',
        addressOf(req, url),
        req.headers,
        { audience: [audience] },
      )
      const did = claims.sub
      // Tokens looked up in the database come with their account.
      const account = currentRequest()?.account ?? (await findAccount(did))
      if (account === undefined) throw new AuthRequiredError('Account not found', 'InvalidToken')
      const scope = claims.scope ?? ''
      return {
        type: 'app',
        did,
        handle: account.handle,
        scope,
        permissions: permissionsOf(scope),
        clientId: claims.client_id ?? '',
        tokenId: claims.jti,
        issuedAt: new Date(claims.iat * 1000),
        status: account.deactivated ? 'deactivated' : 'active',
      }
    })
  } catch (cause) {
    throw toAnswer(cause, res)
  }
}

/**
 * The address of a call at this server's own origin. A URL in absolute form (RFC 9112, section 3.2.2) names its origin itself,
 * so a proof for another server would pass.
 */
function addressOf(req: IncomingMessage & { readonly originalUrl?: string }, origin: string): URL {
  const { pathname, search } = new URL(req.originalUrl ?? req.url ?? '/', origin)
  return Object.assign(new URL(origin), { pathname, search })
}

const UNAVAILABLE = 'temporarily_unavailable'

interface OAuthRefusal {
  readonly error: string
  readonly error_description: string
  readonly status: number
  readonly wwwAuthenticateHeader?: string
}

function toAnswer(cause: unknown, res: ServerResponse | undefined): unknown {
  if (isDatabaseUnavailable(cause)) {
    res?.setHeader('Retry-After', 5)
    return new XRPCError(503, 'Temporarily unavailable; try again later', UNAVAILABLE, { cause })
  }
  if (cause instanceof XRPCError || !isRefusal(cause)) return cause
  if (cause.status === 503) res?.setHeader('Retry-After', 5)
  else expose(res, 'WWW-Authenticate', cause.wwwAuthenticateHeader)
  return new XRPCError(cause.status, cause.error_description, cause.error, { cause })
}

/** By its shape, so calls without a token of an app do not load the provider's classes. */
function isRefusal(error: unknown): error is OAuthRefusal {
  return error instanceof Error && 'error_description' in error && 'status' in error
}

/** Sets a header and exposes it to pages of other origins. */
function expose(res: ServerResponse | undefined, name: string, value: string | undefined): void {
  if (value === undefined || res === undefined) return
  res.setHeader(name, value)
  res.appendHeader('Access-Control-Expose-Headers', name)
}
