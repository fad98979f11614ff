import type {
  HandlerContext,
  Input,
  MethodAuthContext,
  MethodConfigOrHandler,
  Output,
  Params,
  Server as XrpcServer,
} from '@atproto/xrpc-server'

// biome-ignore lint/suspicious/noExplicitAny: the generated method in front of it has the exact type
export type AnyMethod = MethodConfigOrHandler<any, any, any, any>

/** What Express makes of a request and a response; handlers are written for these. */
export type Request = MethodAuthContext['req']
export type Response = MethodAuthContext['res']
export type Application = XrpcServer['router']

/** The steps of a call, as the stock server makes them for a method. */
export interface StockSteps {
  readonly authenticate: ((context: MethodAuthContext) => Promise<unknown>) | null
  readonly readParams: (req: Request) => Params
  readonly readInput: (req: Request, res: Response) => Promise<Input>
  readonly limiter: RouteLimiter | undefined
  readonly handle: (context: HandlerContext) => Output | Promise<Output>
  /** Null when responses are not validated. */
  readonly verifyOutput: ((output: Output) => void) | null
}

/** The limiters of a route, its own and the global one. */
export interface RouteLimiter {
  /** Counts a call and sets the headers that say so; throws when it is one too many. */
  handle(context: HandlerContext): Promise<void>
  reset(context: HandlerContext): Promise<void>
}

/**
 * Registers a method on the stock server and keeps the steps it made for it. Both ways to serve a call then share
 * them; rate limiters have state, and have to.
 *
 * @returns undefined when the library makes its steps in another way than this knows; the method is registered all
 *   the same
 */
export function registerOnStock(
  xrpc: XrpcServer,
  nsid: string,
  config: AnyMethod,
): StockSteps | undefined {
  const create: unknown = Reflect.get(xrpc, 'createHandlerInternal')
  if (typeof create !== 'function') {
    xrpc.method(nsid, config)
    return undefined
  }
  let kept: StockSteps | undefined
  const createAndKeep = (...steps: StockStepList): unknown => {
    const [authenticate, readParams, readInput, limiter, handle, verifyOutput] = steps
    kept = { authenticate, readParams, readInput, limiter, handle, verifyOutput }
    return Reflect.apply(create, xrpc, steps)
  }
  const view: XrpcServer = Object.create(xrpc, { createHandlerInternal: { value: createAndKeep } })
  view.method(nsid, config)
  return kept
}

/** The parameters of `createHandlerInternal`, in its order. */
type StockStepList = [
  StockSteps['authenticate'],
  StockSteps['readParams'],
  StockSteps['readInput'],
  StockSteps['limiter'],
  StockSteps['handle'],
  StockSteps['verifyOutput'],
]

/** A function in the chain that an Express application runs a request through. */
interface Layer {
  readonly handle: (...args: never[]) => void
}

/** The middleware of a stock server that a test accepts; of its own making, so always there. */
export function middlewareOf<T extends Layer['handle']>(
  app: Application,
  accepts: (middleware: T) => boolean,
): T {
  const { stack } = (app as unknown as { _router: { stack: readonly { handle: T }[] } })._router
  const layer = stack.find(({ handle }) => accepts(handle))
  if (!layer) throw new TypeError('This version of Express or of the server is not known')
  return layer.handle
}
