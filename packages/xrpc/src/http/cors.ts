import { ServerResponse } from 'node:http'
import cors from 'cors'
import type { Response } from '../server/adapter/xrpc-adapter.ts'
import type { Middleware } from './middleware.ts'

type Origin = boolean | string | RegExp

/**
 * Access of other origins to answers; names and meaning as in the npm package `cors`. Source: the Fetch
 * standard, "CORS protocol".
 */
export interface CorsOptions {
  /** Origins to allow; default all. `true` echoes the origin of the request. */
  readonly origin?:
    | Origin
    | Origin[]
    | ((
        origin: string | undefined,
        answer: (error: Error | null, origin?: Origin | Origin[]) => void,
      ) => void)
  /** True to let pages send cookies and client certificates. Needs `origin`: browsers reject it with `*`. */
  readonly credentials?: boolean
  /** Allowed HTTP methods; default those of XRPC. */
  readonly methods?: string | string[]
  /** Allowed request headers; default those the page asks for. */
  readonly allowedHeaders?: string | string[]
  /** Headers to expose in addition to those of the answer. */
  readonly exposedHeaders?: string | string[]
  /** Seconds for which browsers may cache a preflight; default theirs. */
  readonly maxAge?: number
}

/** CORS applies to everything below these paths, and to nothing else. */
const SHARED_PATHS = /^\/(?:xrpc|\.well-known)\//i

/** Answers preflights, and lets other origins read answers below `/xrpc/` and `/.well-known/`. */
export function corsMiddleware(options: CorsOptions): Middleware {
  const allow = cors({ methods: 'GET,HEAD,POST', ...options })
  return (req, res, next) => {
    if (!SHARED_PATHS.test(req.url)) return next()
    exposeHeaders(res)
    return allow(req, res, next)
  }
}

/** Returns the headers of an answer to an origin, as alternating names and values. */
export type HeadersFor = (origin: string | undefined) => readonly string[]

const MAX_ORIGINS = 1_000

/**
 * The headers of answers other than preflights; undefined if they depend on more than the origin. Cached per origin,
 * since calling `cors` takes longer than the rest of a call.
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
    // Callers can invent origins without limit.
    if (known.size >= MAX_ORIGINS) known.clear()
    known.set(origin, headers)
    return headers
  }
}

/** A `writeHead` that adds these headers, and exposes the headers of the answer. */
export function writeHeadWith(headersFor: HeadersFor): ServerResponse['writeHead'] {
  const { writeHead } = ServerResponse.prototype
  return function writeHeadWithHeaders(this: Response, ...head: unknown[]) {
    if (this.headersSent) return writeHead.apply(this, head as Parameters<typeof writeHead>)
    const headers = headersFor(this.req.headers.origin)
    const list = head[1]
    // A list is the complete set of headers, so there are no others to expose.
    if (Array.isArray(list)) return writeHead.call(this, head[0] as number, [...list, ...headers])
    for (let n = 0; n < headers.length; n += 2) addHeader(this, headers[n], headers[n + 1])
    mergeExposed(this)
    return writeHead.apply(this, head as Parameters<typeof writeHead>)
  } as typeof writeHead
}

/** Keeps values set by the handler. */
function addHeader(res: Response, name = '', value = ''): void {
  if (name === 'Vary') res.vary(value)
  else if (!res.hasHeader(name)) res.setHeader(name, value)
}

const EXPOSED = 'Access-Control-Expose-Headers'

/**
 * Headers that a page may always, or never, read. Source: the Fetch standard, "CORS-safelisted response-header name".
 */
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
 * Lists every header of the answer in `Access-Control-Expose-Headers`. It runs when the head is written, after rate
 * limits, verifier and handler have set theirs. A wildcard would not work with credentials.
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
