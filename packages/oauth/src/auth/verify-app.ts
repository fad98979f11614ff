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

/** An app, by a DPoP-bound token. */
export interface AppCredentials {
  readonly type: 'app'
  readonly did: string
  readonly handle: string
  /** Of the token, with permission sets resolved. */
  readonly scope: string
  readonly permissions: Permissions
  readonly clientId: string
  readonly tokenId: string
  /** When the token was given. */
  readonly issuedAt: Date
  readonly status: AccountStatus
}

/** A server that tokens of apps are presented to. */
export interface Resource {
  /** Its origin. */
  readonly url: string
  /** Its DID. */
  readonly audience: string
  readonly load: () => Promise<{ readonly provider: OAuthVerifier }>
  /** Undefined for an account that nobody may act for any more. */
  readonly findAccount: (did: string) => Promise<AppAccount | undefined>
}

export type AppAccount = Pick<LiveAccount, 'handle' | 'deactivated'>

/** True for a call with a token of an app (RFC 9449). */
export function isOfApp({ req }: AuthContext): boolean {
  return /^dpop /i.test(req.headers.authorization ?? '')
}

/** Runs a rule, and answers the permission that is missing. */
export function authorized(rule: () => void): void {
  try {
    rule()
  } catch (cause) {
    if (!(cause instanceof ScopeMissingError)) throw cause
    throw new XRPCError(403, cause.message, cause.name, { cause })
  }
}

/** @throws {XRPCError} 401 with `WWW-Authenticate` for a token that is no good. */
export async function verifyApp(
  { url, audience, load, findAccount }: Resource,
  { req, res }: AuthContext,
): Promise<AppCredentials> {
  const { provider } = await load()
  expose(res, 'DPoP-Nonce', provider.nextDpopNonce())
  const path = (req as IncomingMessage & { readonly originalUrl?: string }).originalUrl ?? req.url
  try {
    return await withRequest({ req, res }, async () => {
      const claims = await provider.authenticateRequest(
        req.method ?? 'GET',
        new URL(path ?? '/', url),
        req.headers,
        { audience: [audience] },
      )
      const did = claims.sub
      // Tokens that are looked up come with their account.
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
