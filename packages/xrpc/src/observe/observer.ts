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
   * Calls back once, when the answer is sent or the client has gone. Costs next to nothing. An error that the listener
   * throws, or its promise, is logged.
   */
  onEnd(listener: (outcome: Outcome) => void): void
}

/**
 * Stands around every call, to watch it. It should run `next`, once and at once: what is to happen to the response has to happen
 * before, and the call may be answered when `next` returns. A call goes on whatever an observer does: one that throws is
 * logged, and a call whose observers have returned without running `next` is run then.
 */
export type CallObserver = (call: ObservedCall, next: () => void) => void

/** All of them as one, the first outermost; undefined when there are none. */
export function observeAll(
  observers: readonly CallObserver[],
  logger: ObserverLogger,
): CallObserver | undefined {
  if (observers.length === 0) return undefined
  return observers
    .map((observer) => withoutFailure(observer, logger))
    .reduceRight((inner, outer) => (call, next) => {
      outer(call, () => inner(call, next))
    })
}

/** Where the errors of observers go. */
export interface ObserverLogger {
  error(details: object, message: string): void
}

function withoutFailure(observer: CallObserver, logger: ObserverLogger): CallObserver {
  return (call, next) => {
    let isRun = false
    let ofNext: { readonly error: unknown } | undefined
    const runOnce = (): void => {
      if (isRun) return
      isRun = true
      try {
        next()
      } catch (error) {
        ofNext = { error }
        throw error
      }
    }
    const goOn = (err: unknown): void => {
      if (ofNext && ofNext.error === err) throw err
      logger.error({ err, nsid: call.nsid }, 'an observer has failed')
      runOnce()
    }
    try {
      const returned: unknown = observer(call, runOnce)
      if (returned instanceof Promise) returned.then(runOnce, goOn)
      else runOnce()
    } catch (err) {
      goOn(err)
    }
  }
}

/** The name under which calls to unknown methods are counted, so that a client cannot make up names without end. */
export const UNKNOWN_METHOD = 'unknown'

/** How a call ended: its status, or `aborted` when the client did not get the whole answer. */
export type Outcome = number | 'aborted'

/** Tells how a call ended. One listener that fails must not take others, or the process, with it. */
export function tell(
  listener: (outcome: Outcome) => void,
  outcome: Outcome,
  logger: ObserverLogger,
): void {
  const fail = (err: unknown): void => {
    logger.error({ err }, 'an observer has failed at the end of a call')
  }
  try {
    const returned: unknown = listener(outcome)
    if (returned instanceof Promise) returned.catch(fail)
  } catch (err) {
    fail(err)
  }
}
