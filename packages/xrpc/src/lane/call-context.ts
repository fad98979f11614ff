import type { HandlerContext, Input, Params } from '@atproto/xrpc-server'
import type { Cancellation } from './cancellation.ts'
import type { Exchange } from './exchange.ts'
import type { RouteLimiter } from './stock.ts'

/** What goes into the context of a call; the rest is computed from it. */
export interface CallState {
  readonly params: Params | undefined
  readonly auth: unknown
  readonly input: Input
  readonly exchange: Exchange
  readonly limiter: RouteLimiter | undefined
  readonly cancellation: Cancellation
}

/** Where a context has what is computed when a handler asks for it. It is found through a proxy and a derived object too. */
const state = Symbol('state')

interface Stateful {
  readonly [state]: CallState
}

/**
 * One getter of each kind for all contexts: V8 makes a hidden class for every other one, and keeps it, with all it
 * refers to, until a full collection.
 */
const getters = {
  req: getter(({ exchange }) => exchange.req),
  res: getter(({ exchange }) => exchange.res),
  signal: getter(({ cancellation }) => cancellation.signal),
}

function getter(read: (state: CallState) => unknown): () => unknown {
  return function (this: Stateful) {
    return read(this[state])
  }
}

/** Old, and for that without a descriptor to read, which takes longer than the rest. */
const { __defineGetter__: defineGetter } = Object.prototype as unknown as {
  __defineGetter__(this: object, name: string, get: () => unknown): void
}

/** What handlers and rate limiters are given: the properties of the stock server's context, all of them its own. */
export function createContext(call: CallState): HandlerContext {
  const { params, input, auth, limiter } = call
  const resetRouteRateLimits = limiter ? async () => limiter.reset(context) : nothingToReset
  const known = { params, input, auth, resetRouteRateLimits, [state]: call }
  defineGetter.call(known, 'req', getters.req)
  defineGetter.call(known, 'res', getters.res)
  defineGetter.call(known, 'signal', getters.signal)
  const context = known as unknown as HandlerContext
  return context
}

async function nothingToReset(): Promise<void> {}
