import type { IncomingMessage } from 'node:http'
import type { HandlerContext, Input, Output, Params } from '@atproto/xrpc-server'
import type { Response } from './adapter/xrpc-adapter.ts'
import { isSettled } from './awaitable.ts'
import { destroyWithResponse } from './body/streams.ts'

/** A call of any method or subscription, as its handler sees it. */
export interface AnyCall {
  readonly nsid: string
  readonly params: Params
  /** Undefined for a method without input, and for a subscription. */
  readonly input: Input
  /** The result of the method's verifier. */
  readonly auth: unknown
  readonly req: IncomingMessage
  /** Undefined for a subscription. */
  readonly res?: Response
  readonly signal: AbortSignal
}

/** The result of a handler: the output of a method, or the messages of a subscription. */
export type AnyResult = Output | AsyncIterable<unknown>

/**
 * Wraps handlers. `next` runs the next interceptor or the handler and returns its result. The interceptor's result
 * answers the call: that of `next`, another one, or an error that it throws.
 */
export type Interceptor<Call = AnyCall, Result = AnyResult> = (
  call: Call,
  next: () => Promise<Result>,
) => Result | Promise<Result>

// biome-ignore lint/suspicious/noExplicitAny: interceptors of one method have its types, others have general ones
export type AnyInterceptor = Interceptor<any, any>

/** A handler wrapped in its method's interceptors, which may be added after registration. */
export interface Intercepted<Handle extends (context: never) => unknown> {
  readonly handle: Handle
  readonly hasInterceptors: boolean
}

interface Registration {
  readonly interceptor: AnyInterceptor
  /** The methods it wraps; default all. */
  readonly nsids: ReadonlySet<string> | undefined
}

interface Slot extends Intercepted<Handle> {
  readonly nsid: string
  readonly bare: Handle
  handle: Handle
  hasInterceptors: boolean
}

type Handle = (context: HandlerContext) => unknown

/** The interceptors of a server, in order of registration. */
export class Interceptors {
  readonly #registrations: Registration[] = []
  readonly #slots: Slot[] = []

  add(interceptor: AnyInterceptor, nsids: ReadonlySet<string> | undefined): void {
    this.#registrations.push({ interceptor, nsids })
    for (const slot of this.#slots) this.#update(slot)
  }

  /** Wraps a handler; without interceptors it is called directly. */
  around<H extends (context: never) => unknown>(nsid: string, handler: H): Intercepted<H> {
    const bare = handler as unknown as Handle
    const slot: Slot = { nsid, bare, handle: bare, hasInterceptors: false }
    this.#slots.push(slot)
    this.#update(slot)
    return slot as unknown as Intercepted<H>
  }

  #update(slot: Slot): void {
    const interceptors = this.#registrations
      .filter(({ nsids }) => nsids === undefined || nsids.has(slot.nsid))
      .map(({ interceptor }) => interceptor)
    slot.hasInterceptors = interceptors.length > 0
    slot.handle = slot.hasInterceptors ? compose(slot, interceptors) : slot.bare
  }
}

/** Wraps a handler in all of them, outermost first. */
function compose({ nsid, bare }: Slot, interceptors: readonly AnyInterceptor[]): Handle {
  return (context) => {
    const call = { ...context, nsid }
    const run = (index: number): unknown => {
      const interceptor = interceptors[index]
      return interceptor ? interceptor(call, () => next(index + 1)) : bare(context)
    }
    // An `async` function would make two promises of a result that is there.
    const next = (index: number): Promise<unknown> => {
      try {
        const returned = run(index)
        return isSettled(returned)
          ? Promise.resolve(keep(returned, context.res))
          : Promise.resolve(returned).then((result) => keep(result, context.res))
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return run(0)
  }
}

/** An interceptor may drop a stream that it was given, or fail. */
function keep(result: unknown, res: Response | undefined): unknown {
  if (res) destroyWithResponse(result, res)
  return result
}
