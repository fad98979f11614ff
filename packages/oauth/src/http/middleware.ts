import type { IncomingMessage, ServerResponse } from 'node:http'
import { RateLimitExceeded } from '@lexwright/account'
import type { AccountExtension } from '@lexwright/account/extension'
import { withRequest } from '../request-context.ts'
import type { CookieKeys } from '../secrets.ts'
import { linkPageFiles, servePageFile } from './accessible-pages.ts'
import { type OwnPath, ownPath } from './paths.ts'
import { serveResourceMetadata } from './resource-metadata.ts'
import { serveScope } from './scope-reference.ts'
import { signCookies } from './signed-cookies.ts'

export type Next = (error?: unknown) => void

/**
 * For Express, for the option `middleware` of a generated server, and for Node's own HTTP server.
 */
export type OAuthMiddleware = (req: IncomingMessage, res: ServerResponse, next?: Next) => void

export interface MiddlewareParts {
  readonly extension: AccountExtension
  readonly issuer: string
  readonly cookieKeys: CookieKeys
  /** Resolves a scope reference; undefined unless `scopeReferences` is on. */
  readonly findScope: ((reference: string) => Promise<string | undefined>) | undefined
  /** Loads the provider's handler. */
  readonly load: () => Promise<{
    readonly handler: (req: IncomingMessage, res: ServerResponse, next?: Next) => unknown
  }>
}

/**
 * Headers that the provider sets only if they are missing. Its pages do not work with other
 * middleware's values.
 */
const PAGE_HEADERS = [
  'Content-Security-Policy',
  'Cross-Origin-Embedder-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'Permissions-Policy',
  'Referrer-Policy',
  'Strict-Transport-Security',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'X-XSS-Protection',
]

export function createMiddleware({
  extension,
  issuer,
  cookieKeys,
  findScope,
  load,
}: MiddlewareParts): OAuthMiddleware {
  const { logger, policy } = extension

  const serve = async (
    path: OwnPath,
    { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
    next: Next,
  ): Promise<void> => {
    if (path.kind === 'resource-metadata') {
      serveResourceMetadata({ issuer, resource: policy.publicUrl }, req, res)
      return
    }
    if (path.kind === 'scope') {
      if (findScope === undefined) next()
      else await serveScope(findScope, req, res)
      return
    }
    if (path.kind === 'page-file') {
      servePageFile((req.url ?? '').split('?', 1)[0] ?? '', req, res)
      return
    }
    if (path.limit !== undefined && req.method !== 'OPTIONS') {
      await extension.spend(path.limit, extension.callerOf({ req }))
    }
    if (isCompressed(req)) {
      refuseCompressed(res)
      return
    }
    const { handler } = await load()
    // The provider does not serve HEAD. Node omits the body for HEAD, whatever is written.
    if (req.method === 'HEAD') req.method = 'GET'
    if (path.kind === 'page') {
      for (const name of PAGE_HEADERS) res.removeHeader(name)
      signCookies(cookieKeys, req, res)
      linkPageFiles(res)
    }
    await withRequest({ req, res }, () => handler(req, res, next))
  }

  return (req, res, next = notFound(res)) => {
    const path = ownPath(req.url ?? '')
    if (path === undefined) {
      next()
      return
    }
    serve(path, { req, res }, next).catch((err: unknown) => {
      // A file with a malformed name: the provider decodes it unchecked.
      if (err instanceof URIError && !res.headersSent) {
        next()
        return
      }
      refuse(err, path, { req, res })
      if (!(err instanceof RateLimitExceeded)) {
        logger.error({ err, path: req.url?.split('?', 1)[0] }, 'an OAuth request failed')
      }
    })
  }
}

function notFound(res: ServerResponse): Next {
  return () => {
    res.statusCode = 404
    res.end()
  }
}

/** No client compresses requests, and the provider answers 500 if it cannot decompress one. */
function isCompressed({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'] ?? 'identity'
  return encoding.trim().toLowerCase() !== 'identity'
}

function refuseCompressed(res: ServerResponse): void {
  res.statusCode = 415
  res.setHeader('Accept-Encoding', 'identity')
  res.setHeader('Content-Type', 'application/json')
  const error_description = 'Requests must not be compressed'
  res.end(JSON.stringify({ error: 'invalid_request', error_description }))
}

/**
 * Answers failures before the provider is reached: an exhausted limit, an unreachable database, a
 * provider that cannot be loaded.
 */
function refuse(
  err: unknown,
  { kind }: OwnPath,
  { res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const isLimit = err instanceof RateLimitExceeded
  res.statusCode = isLimit ? 429 : 503
  res.setHeader('Retry-After', isLimit ? Math.ceil(err.status.msUntilReset / 1000) : 5)
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Content-Type', 'application/json')
  if (kind === 'machine') {
    res.setHeader('Access-Control-Allow-Origin', '*')
    res.setHeader('Access-Control-Expose-Headers', 'Retry-After')
  }
  const [error, error_description] = isLimit
    ? ['rate_limit_exceeded', err.message]
    : ['temporarily_unavailable', 'Temporarily unavailable; try again later']
  res.end(JSON.stringify({ error, error_description }))
}
