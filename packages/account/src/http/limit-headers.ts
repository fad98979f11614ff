import type { ServerResponse } from 'node:http'
import type { LimitStatus } from '../limits/limits.ts'

/** Sets the rate limit headers exactly as `@atproto/xrpc-server` does. */
export function setLimitHeaders(
  res: ServerResponse,
  { limit, window, remaining, msUntilReset }: LimitStatus,
): void {
  res.setHeader('RateLimit-Limit', limit)
  res.setHeader('RateLimit-Reset', Math.floor((Date.now() + msUntilReset) / 1000))
  res.setHeader('RateLimit-Remaining', remaining)
  res.setHeader('RateLimit-Policy', `${limit};w=${window}`)
  res.appendHeader(
    'Access-Control-Expose-Headers',
    'RateLimit-Limit, RateLimit-Reset, RateLimit-Remaining, RateLimit-Policy',
  )
}
