import type { IncomingMessage, ServerResponse } from 'node:http'

export interface ObservedCall {
  /** The method called; `unknown` for one that no document has. */
  readonly nsid: string
  readonly req: IncomingMessage
  /** Emits `close` when the call is over, answered or not. */
  readonly res: ServerResponse
}

/** Stands around every call. It has to run `next`, once and at once. */
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

export function outcomeOf(res: ServerResponse): Outcome {
  return res.writableFinished ? res.statusCode : 'aborted'
}
