import type { IncomingMessage, ServerResponse } from 'node:http'
import { attempt } from '../attempt.ts'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import { callerOf } from '../limits/caller.ts'
import type { RateLimiter, Spending } from '../limits/rate-limiter.ts'
import { setLimitHeaders } from './limit-headers.ts'

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
   * Counts a call and says in headers how much is left.
   *
   * @param spendings what the call counts against, given who calls.
   * @throws {RateLimitExceeded} when nothing is left.
   */
  spend(call: LimitedCall, spendings: (caller: string) => readonly Spending[]): Promise<void>
  /**
   * Gives one back to a limit that a call was counted against. Never fails: the call has its answer, and what could not be
   * given back is forgotten with its window.
   */
  giveBack(call: LimitedCall, spending: (caller: string) => Spending): Promise<void>
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

  const callerIn = ({ req }: LimitedCall): string => callerOf(clientAddress(req) ?? '')

  return {
    spend: async (call, spendings) => {
      if (isExempt(call)) return
      const status = await attempt(limiter.spend(spendings(callerIn(call))))
      setLimitHeaders(call.res, status)
    },
    giveBack: async (call, spending) => {
      if (!isExempt(call)) await limiter.giveBack(spending(callerIn(call))).catch(() => {})
    },
    pauseLogin: async (call, name) => {
      if (!isExempt(call)) await attempt(limiter.pauseLogin(name))
    },
    recordFailedLogin: async (call, name) => {
      if (!isExempt(call)) await attempt(limiter.recordFailedLogin(name))
    },
    delayResetMail: async (call, account) =>
      isExempt(call) ? 0 : await attempt(limiter.delayResetMail(account)),
  }
}

/** For a service that limits calls elsewhere. */
export const noLimits: CallLimits = {
  spend: async () => {},
  giveBack: async () => {},
  pauseLogin: async () => {},
  recordFailedLogin: async () => {},
  delayResetMail: async () => 0,
}

function addressOf(req: IncomingMessage & { readonly ip?: string }): string | undefined {
  return req.ip ?? req.socket.remoteAddress
}
