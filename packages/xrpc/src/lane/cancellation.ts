import { ResponseType, XRPCError } from '@atproto/xrpc-server'
import type { Request, Response } from './stock.ts'

/**
 * Says when a call is over before its handler is: the client of a query has gone, or the deadline has passed. A
 * procedure goes on when its client goes, so that it does not stop half-way through a change.
 */
export class Cancellation {
  readonly #req: Request
  readonly #res: Response
  #controller: AbortController | undefined
  #onClose: (() => void) | undefined
  #error: XRPCError | undefined

  constructor(req: Request, res: Response) {
    this.#req = req
    this.#res = res
  }

  /** Made when a handler asks for it, which most do not. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.isOver) this.#controller.abort(this.#error)
      else if (this.#isQuery) this.#abortOnClose(this.#controller)
    }
    return this.#controller.signal
  }

  /** Whether nobody waits for an answer any more. */
  get isOver(): boolean {
    return this.hasExpired || (this.#isQuery && this.#res.closed && !this.#res.writableFinished)
  }

  get hasExpired(): boolean {
    return this.#error !== undefined
  }

  expire(error: XRPCError): void {
    this.#error = error
    this.#controller?.abort(error)
  }

  /** The call is done: a connection that closes from now on is no news. */
  end(): void {
    if (this.#onClose) this.#res.off('close', this.#onClose)
  }

  get #isQuery(): boolean {
    return this.#req.method === 'GET'
  }

  #abortOnClose(controller: AbortController): void {
    this.#onClose = () => {
      if (!this.#res.writableFinished) controller.abort()
    }
    this.#res.once('close', this.#onClose)
  }
}

export function deadlineError(): XRPCError {
  return new XRPCError(ResponseType.UpstreamTimeout, 'The call took too long')
}
