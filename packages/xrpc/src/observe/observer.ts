import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

export interface ObservedCall {
  /** The method called; `unknown` for one that no document has. */
  readonly nsid: string
  /** The verb of HTTP. */
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /**
   * Calls back once, when the answer is sent or the client has gone. Costs next to nothing. An error it throws is logged.
   */
  onEnd(listener: (outcome: Outcome) => void): void
}

/**
 * Stands around every call. It has to run `next`, once and at once. The call may be answered when `next` returns; what is
 * to happen to its response has to happen before.
 */
export type CallObserver = (call: ObservedCall, next: () => void) => void

/** All of them as one, the first outermost; undefined when there are none. */
export function observeAll(observers: readonly CallObserver[]): CallObserver | undefined {
  if (observers.length === 0) return undefined
  return observers.reduceRight((inner, outer) => (call, next) => {
    outer(call, () => inner(call, next))
  })
}

/** What calls to no known method are counted as, so that a client cannot make up names without end. */
export const UNKNOWN_METHOD = 'unknown'

/** How a call ended: its status, or `aborted` when the client did not get the whole answer. */
export type Outcome = number | 'aborted'
