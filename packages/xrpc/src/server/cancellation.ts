import { ResponseType, XRPCError } from '@atproto/xrpc-server'
import type { Exchange } from './exchange.ts'

/**
 * Says when a call is over before its handler is: the client of a query has gone, or the deadline has passed. A
 * procedure goes on when its client goes, so that it does not stop half-way through a change.
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

  /** True if nobody waits for an answer any more. */
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

  /** Marks the call as done: a connection that closes later no longer aborts the signal. */
  end(): void {
    this.#isDone = true
  }
}

export function deadlineError(): XRPCError {
  return new XRPCError(ResponseType.UpstreamTimeout, 'The call took too long')
}
