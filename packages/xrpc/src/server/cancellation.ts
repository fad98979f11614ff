import { ResponseType, XRPCError } from '@atproto/xrpc-server'
import type { Exchange } from './exchange.ts'

/**
 * Says when a call is over before its handler is: the client of a query has gone, or the deadline has passed. A
 * procedure goes on when its client goes, so that it does not stop half-way through a change.
 */
export class Cancellation {
  readonly #exchange: Exchange
  #controller: AbortController | undefined
  #error: XRPCError | undefined
  #isDone = false

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** Made when a handler asks for it, which most do not. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.isOver) this.#controller.abort(this.#error)
      else if (this.#isQuery) this.#abortOnEnd(this.#controller)
    }
    return this.#controller.signal
  }

  /** True if nobody waits for an answer any more. */
  get isOver(): boolean {
    return this.hasExpired || (this.#isQuery && this.#exchange.isAborted)
  }

  get hasExpired(): boolean {
    return this.#error !== undefined
  }

  expire(error: XRPCError): void {
    this.#error = error
    this.#controller?.abort(error)
  }

  /** Marks the call as done: a connection that closes later no longer aborts the signal. */
  end(): void {
    this.#isDone = true
  }

  get #isQuery(): boolean {
    return this.#exchange.method === 'GET'
  }

  #abortOnEnd(controller: AbortController): void {
    this.#exchange.onEnd((outcome) => {
      if (outcome === 'aborted' && !this.#isDone) controller.abort()
    })
  }
}

export function deadlineError(): XRPCError {
  return new XRPCError(ResponseType.UpstreamTimeout, 'The call took too long')
}
