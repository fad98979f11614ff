import type { HandlerContext, Input, Params } from '@atproto/xrpc-server'
import type { RouteLimiter } from './adapter/xrpc-adapter.ts'
import type { Exchange } from './exchange.ts'

/** The parts of a context that the steps before the handler produce. */
export interface CallState {
  readonly params: Params | undefined
  readonly auth: unknown
  readonly input: Input
  readonly exchange: Exchange
  readonly limiter: RouteLimiter | undefined
  readonly signal: AbortSignal
}

/**
 * Makes the context for handlers and rate limiters, with the same properties as the stock server's.
 */
export function createContext(state: CallState): HandlerContext {
  const { params, input, auth, exchange, limiter, signal } = state
  const context = {
    params,
    input,
    auth,
    req: exchange.req,
    res: exchange.res,
    signal,
    resetRouteRateLimits: limiter ? async () => limiter.reset(context) : nothingToReset,
  } as HandlerContext
  return context
}

async function nothingToReset(): Promise<void> {}
