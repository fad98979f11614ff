import type { Params } from '@atproto/xrpc-server'
import type { ErrorResponder } from './adapter/error-response.ts'
import { isSettled } from './awaitable.ts'
import { destroyWithResponse } from './body/streams.ts'
import { createContext } from './call-context.ts'
import { Cancellation, deadlineError } from './cancellation.ts'
import type { Exchange } from './exchange.ts'
import { log } from './log.ts'
import type { PreparedRoute } from './prepared-route.ts'

export interface Call {
  readonly route: PreparedRoute
  readonly exchange: Exchange
  /** Decoded from the query string, not yet validated. */
  readonly decoded: Params
}

export interface CallOptions {
  readonly fail: ErrorResponder
  /** Milliseconds until a handler must return; unlimited if undefined. */
  readonly deadline: number | undefined
}

/** Serves calls. Resolves when a call is answered, whatever the status; never rejects. */
export type CallRunner = (call: Call) => Promise<void>

/** Runs a call in the order that clients observe: parameters, authentication, body, rate limit, handler, answer. */
export function callRunner({ fail, deadline }: CallOptions): CallRunner {
  return async ({ route, exchange, decoded }) => {
    const cancellation = new Cancellation(exchange)
    const timer = deadline && setTimeout(expire, deadline, cancellation, exchange)
    try {
      const { req, res } = exchange
      route.begin?.(res)
      const params = route.verifyParams(decoded)
      const verified = route.authenticate?.({ req, res, params: params as Params })
      const auth = isSettled(verified) ? verified : verified && (await verified)
      const reading = exchange.readInput(route)
      const input = reading instanceof Promise ? await reading : reading
      const { limiter } = route
      const { signal } = cancellation
      const context = createContext({ params, auth, input, exchange, limiter, signal })
      if (limiter) await limiter.handle(context)
      // A client that was answered 504 may retry, so this call must not run after all.
      if (cancellation.hasExpired) return
      const returned = route.handler.handle(context)
      const output = isSettled(returned) ? returned : await returned

      if (timer) clearTimeout(timer)
      destroyWithResponse(output, res)
      if (cancellation.hasExpired) return
      const writing = exchange.answer(output, route.checkOutput)
      if (writing) await writing
    } catch (error) {
      if (cancellation.isOver) logLate(error, exchange)
      else fail(error, exchange.req, exchange.res)
    } finally {
      if (timer) clearTimeout(timer)
      cancellation.end()
    }
  }

  function expire(cancellation: Cancellation, exchange: Exchange): void {
    const error = deadlineError()
    cancellation.expire(error)
    fail(error, exchange.req, exchange.res)
  }
}

/** Logs an error that can no longer be sent. */
function logLate(err: unknown, { req: { method, url } }: Exchange): void {
  log.info({ method, url, err }, 'request aborted before its handler was done')
}
