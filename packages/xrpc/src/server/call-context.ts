import type { HandlerContext, Input, Params } from '@atproto/xrpc-server'
import type { RouteLimiter } from './adapter/xrpc-adapter.ts'
import type { Cancellation } from './cancellation.ts'
import type { Exchange } from './exchange.ts'

/** What goes into the context of a call; the rest is computed from it. */
export interface CallState {
  readonly params: Params | undefined
  readonly auth: unknown
  readonly input: Input
  readonly exchange: Exchange
  readonly limiter: RouteLimiter | undefined
  readonly cancellation: Cancellation
}

/** Finds the cancellation of a call through a proxy of its context, or an object derived from it. */
const cancellationOf = Symbol('cancellation')

/**
 * One accessor for all contexts: an object literal with a getter has a hidden class of its own, each of which V8 keeps,
 * with all it refers to, until a full collection.
 */
const signal: PropertyDescriptor = {
  enumerable: true,
  configurable: true,
  get(this: { readonly [cancellationOf]: Cancellation }) {
    return this[cancellationOf].signal
  },
}

/** Makes the context for handlers and rate limiters, with the properties of the stock server's as its own. */
export function createContext(state: CallState): HandlerContext {
  const { params, input, auth, exchange, limiter, cancellation } = state
  const context = {
    params,
    input,
    auth,
    req: exchange.req,
    res: exchange.res,
    resetRouteRateLimits: limiter ? async () => limiter.reset(context) : nothingToReset,
    [cancellationOf]: cancellation,
  } as unknown as HandlerContext
  return Object.defineProperty(context, 'signal', signal)
}

async function nothingToReset(): Promise<void> {}
