import type { HandlerContext, Input, Params } from '@atproto/xrpc-server'
import type { Cancellation } from './cancellation.ts'
import type { Request, Response, RouteLimiter } from './stock.ts'

/** What goes into the context of a call; the rest is computed from it. */
export interface CallState {
  readonly params: Params | undefined
  readonly auth: unknown
  readonly input: Input
  readonly req: Request
  readonly res: Response
  readonly limiter: RouteLimiter | undefined
  readonly cancellation: Cancellation
}

/** The cancellation of a call, by its response. */
const cancellations = Symbol('cancellation')

type CancellableResponse = Response & { [cancellations]?: Cancellation }

/**
 * One accessor for all contexts: an object literal with a getter has a hidden class of its own, each of which V8 keeps,
 * with all it refers to, until a full collection.
 */
const signal: PropertyDescriptor = {
  enumerable: true,
  configurable: true,
  get(this: HandlerContext) {
    return (this.res as CancellableResponse)[cancellations]?.signal
  },
}

/** What handlers and rate limiters are given: the properties of the stock server's context, all of them its own. */
export function createContext(state: CallState): HandlerContext {
  const { params, input, auth, req, res, limiter, cancellation } = state
  ;(res as CancellableResponse)[cancellations] = cancellation
  const context = {
    params,
    input,
    auth,
    req,
    res,
    resetRouteRateLimits: limiter ? async () => limiter.reset(context) : nothingToReset,
  } as HandlerContext
  return Object.defineProperty(context, 'signal', signal)
}

async function nothingToReset(): Promise<void> {}
