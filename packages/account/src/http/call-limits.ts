import type { IncomingMessage, ServerResponse } from 'node:http'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import type { Caller } from '../limits/caller.ts'
import type { RateLimitOptions } from '../options.ts'
import { setLimitHeaders } from './limit-headers.ts'

/** The part of a call that limits look at. */
export interface LimitedCall {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Who calls over HTTP. Without a response, nobody is told what is left. */
export type CallerOf = (call: Pick<LimitedCall, 'req'> & Partial<LimitedCall>) => Caller

const BYPASS_HEADER = 'x-ratelimit-bypass'

/**
 * Tells who calls; what is left of that caller's limits goes into the headers that
 * `@atproto/xrpc-server` sets for those of a route.
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
