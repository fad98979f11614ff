import type { IncomingMessage, ServerResponse } from 'node:http'
import { RateLimitExceededError, type RateLimiterStatus } from '@atproto/xrpc-server'
import { attempt } from '../attempt.ts'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import { callerOf } from '../limits/caller.ts'
import type { LimitStatus, RateLimiter, Spending } from '../limits/rate-limiter.ts'
import { answer } from './answer.ts'

/** The part of a call that limits look at. */
export interface LimitedCall {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/**
 * The rate limits as handlers use them, first thing: where `@atproto/xrpc-server` applies those of a
 * route, with the headers it sets.
 */
export interface CallLimits {
  /**
   * Counts a call, says in headers how much is left, and refuses with a 429 when nothing is.
   *
   * @param spendings what the call counts against, given who calls.
   */
  spend(call: LimitedCall, spendings: (caller: string) => readonly Spending[]): Promise<void>
  pauseLogin(call: LimitedCall, name: string): Promise<void>
  recordFailedLogin(call: LimitedCall, name: string): Promise<void>
  /** In seconds. */
  delayResetMail(call: LimitedCall, account: string): Promise<number>
}

export interface CallLimitsOptions {
  /** Requests with it in `x-ratelimit-bypass` are not counted. */
  readonly bypassKey?: string
  /** Whose request it is; the `req.ip` of Express by default, which knows trusted proxies. */
  readonly clientAddress?: (req: IncomingMessage) => string | undefined
}

const BYPASS_HEADER = 'x-ratelimit-bypass'

export function createCallLimits(
  limiter: RateLimiter,
  { bypassKey, clientAddress = addressOf }: CallLimitsOptions,
): CallLimits {
  const isExempt = ({ req }: LimitedCall): boolean => {
    const given = req.headers[BYPASS_HEADER]
    return (
      bypassKey !== undefined && typeof given === 'string' && equalInConstantTime(given, bypassKey)
    )
  }
  const ask = <Result>({ res }: LimitedCall, question: Promise<Result>): Promise<Result> =>
    answer(res, attempt(question))

  return {
    spend: async (call, spendings) => {
      if (isExempt(call)) return
      const caller = callerOf(clientAddress(call.req) ?? '')
      const status = await ask(call, limiter.spend(spendings(caller)))
      setHeaders(call.res, status)
      if (!status.ok) throw exceeded(call.res, status)
    },
    pauseLogin: async (call, name) => {
      if (!isExempt(call)) await ask(call, limiter.pauseLogin(name))
    },
    recordFailedLogin: async (call, name) => {
      if (!isExempt(call)) await ask(call, limiter.recordFailedLogin(name))
    },
    delayResetMail: async (call, account) =>
      isExempt(call) ? 0 : await ask(call, limiter.delayResetMail(account)),
  }
}

/** For a service that limits calls elsewhere. */
export const noLimits: CallLimits = {
  spend: async () => {},
  pauseLogin: async () => {},
  recordFailedLogin: async () => {},
  delayResetMail: async () => 0,
}

function addressOf(req: IncomingMessage & { readonly ip?: string }): string | undefined {
  return req.ip ?? req.socket.remoteAddress
}

/** The headers of `@atproto/xrpc-server`, to the letter. */
function setHeaders(
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

function exceeded(res: ServerResponse, status: LimitStatus): RateLimitExceededError {
  res.setHeader('Retry-After', Math.ceil(status.msUntilReset / 1000))
  res.appendHeader('Access-Control-Expose-Headers', 'Retry-After')
  const report: RateLimiterStatus = {
    limit: status.limit,
    duration: status.window,
    remainingPoints: status.remaining,
    msBeforeNext: status.msUntilReset,
    consumedPoints: status.spent,
    isFirstInDuration: status.spent === 1,
  }
  return new RateLimitExceededError(report)
}
