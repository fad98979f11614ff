import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

export interface ObservedCall {
  /** The method called; `unknown` if no document has it. */
  readonly nsid: string
  /** The HTTP method. */
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /**
   * Calls back once, when the answer is sent or the client has gone. Costs almost nothing. Errors and rejections of
   * the listener are logged.
   */
  onEnd(listener: (outcome: Outcome) => void): void
}

/**
 * Wraps each call, to observe it. Call `next()` exactly once, synchronously, and change the response only before that:
 * the call may be answered when `next` returns. Errors thrown are logged, and a call proceeds even if its observer does
 * not call `next`.
 */
export type CallObserver = (call: ObservedCall, next: () => void) => void

/** Combines observers, outermost first; undefined if there are none. */
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

/** Logs the errors of observers. */
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
      logger.error({ err, nsid: call.nsid }, 'an observer threw an error')
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

/** The name that counts calls to unknown methods, so that clients cannot create new metric labels. */
export const UNKNOWN_METHOD = 'unknown'

/** How a call ended: its status, or `aborted` if the client did not receive the whole answer. */
export type Outcome = number | 'aborted'

/** Reports how a call ended. A failing listener must not affect other listeners or the process. */
export function tell(
  listener: (outcome: Outcome) => void,
  outcome: Outcome,
  logger: ObserverLogger,
): void {
  const fail = (err: unknown): void => {
    logger.error({ err }, 'an observer threw an error at the end of a call')
  }
  try {
    const returned: unknown = listener(outcome)
    if (returned instanceof Promise) returned.catch(fail)
  } catch (err) {
    fail(err)
  }
}
