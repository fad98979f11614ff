import { ServerResponse } from 'node:http'
import cors from 'cors'
import type { Response } from '../server/adapter/xrpc-adapter.ts'
import type { Middleware } from './middleware.ts'

type Origin = boolean | string | RegExp

/**
 * Which pages of other origins may read answers, with the names and the meaning that the npm package `cors` gives
 * them. Source: the Fetch standard, "CORS protocol".
 */
export interface CorsOptions {
  /** Origins that are let in; all of them when not given. `true` answers with the origin that asks. */
  readonly origin?:
    | Origin
    | Origin[]
    | ((
        origin: string | undefined,
        answer: (error: Error | null, origin?: Origin | Origin[]) => void,
      ) => void)
  /** True if pages may send cookies and client certificates. It needs `origin`: browsers refuse it with `*`. */
  readonly credentials?: boolean
  /** Verbs of requests; those of XRPC when not given. */
  readonly methods?: string | string[]
  /** Headers of requests; those that the page asks for when not given. */
  readonly allowedHeaders?: string | string[]
  /** Headers of answers that pages may read besides all that an answer has. */
  readonly exposedHeaders?: string | string[]
  /** Seconds for which a browser remembers the answer to a preflight; its own default when not given. */
  readonly maxAge?: number
}

/** Below these paths everything is for browsers; the rest is the host's. */
const SHARED_PATHS = /^\/(?:xrpc|\.well-known)\//i

/** Answers preflights, and lets pages of other origins read the answers below `/xrpc/` and `/.well-known/`. */
export function corsMiddleware(options: CorsOptions): Middleware {
  const allow = cors({ methods: 'GET,HEAD,POST', ...options })
  return (req, res, next) => {
    if (!SHARED_PATHS.test(req.url)) return next()
    exposeHeaders(res)
    return allow(req, res, next)
  }
}

/** Gives the headers of an answer to a page of an origin, as a name and a value in turn. */
export type HeadersFor = (origin: string | undefined) => readonly string[]

const MAX_ORIGINS = 1_000

/**
 * The headers of answers to anything but a preflight; undefined if more than the origin decides. The package is asked once
 * for each origin, since it takes longer than all else that a call needs for them.
 */
export function headersByOrigin(options: CorsOptions): HeadersFor | undefined {
  if (typeof options.origin === 'function' || options.exposedHeaders !== undefined) return undefined
  const allow = cors(options)
  const known = new Map<string | undefined, readonly string[]>()
  return (origin) => {
    const found = known.get(origin)
    if (found) return found
    const headers: string[] = []
    const req = { method: 'GET', headers: { origin } }
    const setHeader = (name: string, value: string) => headers.push(name, value)
    allow(req as never, { setHeader, getHeader: () => undefined } as never, () => {})
    // Anybody can make up origins.
    if (known.size >= MAX_ORIGINS) known.clear()
    known.set(origin, headers)
    return headers
  }
}

/** A `writeHead` that adds these headers to an answer, and names what pages may read of it. */
export function writeHeadWith(headersFor: HeadersFor): ServerResponse['writeHead'] {
  const { writeHead } = ServerResponse.prototype
  return function writeHeadWithHeaders(this: Response, ...head: unknown[]) {
    if (this.headersSent) return writeHead.apply(this, head as Parameters<typeof writeHead>)
    const headers = headersFor(this.req.headers.origin)
    const list = head[1]
    // A list is all that an answer has: there is nothing to name.
    if (Array.isArray(list)) return writeHead.call(this, head[0] as number, [...list, ...headers])
    for (let n = 0; n < headers.length; n += 2) addHeader(this, headers[n], headers[n + 1])
    mergeExposed(this)
    return writeHead.apply(this, head as Parameters<typeof writeHead>)
  } as typeof writeHead
}

/** Values set by the handler stay. */
function addHeader(res: Response, name = '', value = ''): void {
  if (name === 'Vary') res.vary(value)
  else if (!res.hasHeader(name)) res.setHeader(name, value)
}

const EXPOSED = 'Access-Control-Expose-Headers'

/** Headers that a page may read anyway, or never. Source: the Fetch standard, "CORS-safelisted response-header name". */
const NOT_EXPOSED: ReadonlySet<string> = new Set([
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
  'set-cookie',
  'vary',
])

/**
 * Names every header that an answer turns out to have, in one header and each of them once: only then is it known what
 * the rate limits, a verifier and the handler have set. A wildcard would not hold for calls with credentials.
 */
function exposeHeaders(res: ServerResponse): void {
  const { writeHead } = res
  res.writeHead = function writeHeadWithNames(this: ServerResponse, ...head: unknown[]) {
    if (!this.headersSent) mergeExposed(this)
    return writeHead.apply(this, head as Parameters<typeof writeHead>)
  } as typeof writeHead
}

function mergeExposed(res: ServerResponse): void {
  const present = res.getHeaderNames().filter(isExposed)
  const declared = res.getHeader(EXPOSED)
  if (declared === undefined) {
    if (present.length > 0) res.setHeader(EXPOSED, present.join(', '))
    return
  }
  const names = new Map<string, string>()
  for (const name of [...String(declared).split(','), ...present]) {
    const key = name.trim().toLowerCase()
    if (key !== '' && !names.has(key)) names.set(key, name.trim())
  }
  res.setHeader(EXPOSED, [...names.values()].join(', '))
}

function isExposed(name: string): boolean {
  return !NOT_EXPOSED.has(name) && !name.startsWith('access-control-')
}
