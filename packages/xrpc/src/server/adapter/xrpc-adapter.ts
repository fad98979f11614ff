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

// biome-ignore lint/suspicious/noExplicitAny: the generated method that calls it has the exact type
export type AnyMethod = MethodConfigOrHandler<any, any, any, any>

/** Request and response as Express extends them, and as handlers expect them. */
export type Request = MethodAuthContext['req']
export type Response = MethodAuthContext['res']
export type Application = XrpcServer['router']

/** The steps of a call, built by the stock server for each method. */
export interface CallSteps {
  readonly authenticate: ((context: MethodAuthContext) => Promise<unknown>) | null
  readonly readParams: (req: Request) => Params
  readonly readInput: (req: Request, res: Response) => Promise<Input>
  readonly limiter: RouteLimiter | undefined
  readonly handle: (context: HandlerContext) => Output | Promise<Output>
  /** Null if responses are not validated. */
  readonly verifyOutput: ((output: Output) => void) | null
}

/** The rate limiters of a route, including the global one. */
export interface RouteLimiter {
  /** Counts a call and sets the rate limit headers; throws if the limit is exceeded. */
  handle(context: HandlerContext): Promise<void>
  reset(context: HandlerContext): Promise<void>
}

/**
 * Registers a method on the stock server and keeps the steps it builds, so that both paths share them: rate limiters
 * have state.
 *
 * @returns undefined if the server builds its steps in another way; the method is registered anyway
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

/** Side effects to add to the stock server's steps. */
interface StepChanges {
  readonly readInput: (read: CallSteps['readInput']) => CallSteps['readInput']
  /** Runs before all steps. */
  readonly begin: (res: Response) => void
}

/** A view of the server that keeps the steps of the method registered through it. */
function keepingView(
  xrpc: XrpcServer,
  changes: StepChanges,
): XrpcServer & { readonly keptSteps?: CallSteps } {
  // The server's own class: a host may have subclassed it, or have another copy of the package.
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
      // Each handler matches the steps before it; the types show that only for the combination.
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
