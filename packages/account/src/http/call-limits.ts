import type { IncomingMessage, ServerResponse } from 'node:http'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import type { Caller } from '../limits/caller.ts'
import type { RateLimitOptions } from '../options.ts'
import { setLimitHeaders } from './limit-headers.ts'

/** The part of a call that limits need. */
export interface LimitedCall {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Identifies the caller over HTTP. With a response, sets its rate limit headers. */
export type CallerOf = (call: Pick<LimitedCall, 'req'> & Partial<LimitedCall>) => Caller

const BYPASS_HEADER = 'x-ratelimit-bypass'

/**
 * Identifies callers for rate limits and reports the remainder in the headers of an
 * `@atproto/xrpc-server` route limit.
 */
export function createCallerOf(options: RateLimitOptions | false): CallerOf {
  if (options === false) return () => 'unlimited'
  const { bypassKey, clientAddress = addressOf } = options
  const isExempt = (given: string | readonly string[] | undefined): boolean =>
    bypassKey !== undefined && typeof given === 'string' && equalInConstantTime(given, bypassKey)

  return ({ req, res }) => {
    if (isExempt(req.headers[BYPASS_HEADER])) return 'unlimited'
    return {
      address: clientAddress(req),
      ...(res && { onCounted: (status) => setLimitHeaders(res, status) }),
    }
  }
}

function addressOf(req: IncomingMessage & { readonly ip?: string }): string | undefined {
  return req.ip ?? req.socket.remoteAddress
}
