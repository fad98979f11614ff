import { ResponseType, XRPCError } from '@atproto/xrpc-server'
import type { Exchange } from './exchange.ts'

/**
 * Signals that a call is over before its handler is: the client of a query has left, or the deadline has
 * passed. A procedure continues when its client leaves, so that changes are not left half done.
 */
export class Cancellation {
  readonly #controller = new AbortController()
  /** The signal for the handler. */
  readonly signal: AbortSignal = this.#controller.signal
  #error: XRPCError | undefined
  #isDone = false

  constructor(exchange: Exchange) {
    if (exchange.method !== 'GET') return
    exchange.onAborted(() => {
      if (!this.#isDone) this.#controller.abort()
    })
  }

  /** True if no one waits for an answer any more. */
  get isOver(): boolean {
    return this.signal.aborted
  }

  get hasExpired(): boolean {
    return this.#error !== undefined
  }

  expire(error: XRPCError): void {
    this.#error = error
    this.#controller.abort(error)
  }

  /** Marks the call as done: closing the connection later does not abort the signal. */
  end(): void {
    this.#isDone = true
  }
}

export function deadlineError(): XRPCError {
  return new XRPCError(ResponseType.UpstreamTimeout, 'The call took too long')
}
