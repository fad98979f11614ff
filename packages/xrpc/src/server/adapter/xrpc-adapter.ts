import type { IncomingMessage } from 'node:http'
import type {
  Auth,
  ErrorResult,
  HandlerContext,
  Input,
  MethodAuthContext,
  MethodHandler,
  Output,
  Params,
  Server as XrpcServer,
} from '@atproto/xrpc-server'

import { refusingParsed } from '../body/parsed-input.ts'
import { type MethodConfigOrHandler, setCacheControl } from '../method-config.ts'

// biome-ignore lint/suspicious/noExplicitAny: the generated method in front of it has the exact type
export type AnyMethod = MethodConfigOrHandler<any, any, any, any>

/** Request and response as Express extends them; handlers are written for these. */
export type Request = MethodAuthContext['req']
export type Response = MethodAuthContext['res']
export type Application = XrpcServer['router']

/** The steps of a call, as the stock server makes them for a method. */
export interface CallSteps {
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
 * Registers a method on the stock server and keeps the steps it makes for it, so that both ways to serve a call share
 * them: rate limiters have state.
 *
 * @returns undefined if the server makes its steps in another way; the method is registered all the same
 */
export function registerMethod(
  xrpc: XrpcServer,
  nsid: string,
  config: AnyMethod,
): CallSteps | undefined {
  const view = keepingView(xrpc, {
    readInput: (read) => refusingParsed(xrpc.lex.getDef(nsid), read),
    begin: (res) => setCacheControl(res, config),
  })
  view.method(nsid, config)
  return view.keptSteps
}

/** Further effects of the stock server's steps. */
interface StepChanges {
  readonly readInput: (read: CallSteps['readInput']) => CallSteps['readInput']
  /** Comes before all steps. */
  readonly begin: (res: Response) => void
}

/** The same server, keeping the steps of the method that is registered through it. */
function keepingView(
  xrpc: XrpcServer,
  changes: StepChanges,
): XrpcServer & { readonly keptSteps?: CallSteps } {
  // The class of the server itself: a host may have subclassed it, or have another copy of the package.
  const Base = xrpc.constructor as typeof XrpcServer
  class KeepingServer extends Base {
    keptSteps?: CallSteps

    /** Protected, not private: a release that changes its parameters fails to compile here. */
    protected override createHandlerInternal<
      A extends Auth,
      P extends Params,
      I extends Input,
      O extends Output,
    >(
      authenticate: ((context: MethodAuthContext<P>) => Promise<Exclude<A, ErrorResult>>) | null,
      stockParams: (req: IncomingMessage | Request) => P,
      stockInput: (req: Request, res: Response) => Promise<I>,
      limiter: XrpcServer['globalRateLimiter'],
      handle: MethodHandler<A, P, I, O>,
      verifyOutput: ((output: O) => void) | null,
    ): ReturnType<XrpcServer['createHandler']> {
      const readInput = changes.readInput(stockInput as CallSteps['readInput']) as typeof stockInput
      const readParams: typeof stockParams = (req) => {
        if ('res' in req && req.res) changes.begin(req.res)
        return stockParams(req)
      }
      const steps = { authenticate, readParams, readInput, limiter, handle, verifyOutput }
      // Handlers are called with what the steps before them made; only together do their types say so.
      this.keptSteps = steps as unknown as CallSteps
      return super.createHandlerInternal(
        authenticate,
        readParams,
        readInput,
        limiter,
        handle,
        verifyOutput,
      )
    }
  }
  return Object.create(xrpc, Object.getOwnPropertyDescriptors(KeepingServer.prototype))
}
