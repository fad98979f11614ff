import type { ServerResponse } from 'node:http'
import cors from 'cors'
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
