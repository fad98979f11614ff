import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Output, Params } from '@atproto/xrpc-server'
import { answer } from './answer.ts'
import type { ErrorAnswer } from './answer-error.ts'
import { createContext } from './call-context.ts'
import { Cancellation, deadlineError } from './cancellation.ts'
import { log } from './log.ts'
import type { PreparedRoute } from './prepared-route.ts'
import type { Request, Response } from './stock.ts'

export interface Call {
  readonly route: PreparedRoute
  readonly req: Request
  readonly res: Response
  /** Decoded from the query string, not yet validated. */
  readonly decoded: Params
}

export interface CallOptions {
  readonly fail: ErrorAnswer
  /** How long a call may take until its handler returns, in milliseconds; as long as it wants when not given. */
  readonly deadline: number | undefined
  /** Told of an answer that the client has not taken at once. */
  readonly watch: (res: ServerResponse) => void
}

/** Serves calls. Resolves when a call is answered, whatever the answer; never rejects. */
export type CallRunner = (call: Call) => Promise<void>

/** A call goes in the order that clients observe: parameters, authentication, body, rate limit, handler, answer. */
export function callRunner({ fail, deadline, watch }: CallOptions): CallRunner {
  return async ({ route, req, res, decoded }) => {
    const cancellation = new Cancellation(req, res)
    const timer = deadline && setTimeout(expire, deadline, cancellation, req, res)
    try {
      const params = route.verifyParams(decoded)
      const auth = route.authenticate
        ? await route.authenticate({ req, res, params: params as Params })
        : undefined
      const reading = route.readInput(req, res)
      const input = reading && (await reading)
      const { limiter } = route
      const context = createContext({ params, auth, input, req, res, limiter, cancellation })
      if (limiter) await limiter.handle(context)
      // Whoever has been told that it took too long may try again: the first try must not happen after all.
      if (cancellation.hasExpired) return
      const returned = route.handle(context)
      const output = isPlainObject(returned) ? returned : await returned

      if (timer) clearTimeout(timer)
      if (cancellation.hasExpired) return discard(output)
      const writing = answer(res, output, route.checkOutput)
      if (writing || res.writableLength > 0) watch(res)
      if (writing) await writing
    } catch (error) {
      if (cancellation.isOver) logLate(error, req)
      else fail(error, req, res)
    } finally {
      if (timer) clearTimeout(timer)
      cancellation.end()
    }
  }

  function expire(cancellation: Cancellation, req: Request, res: Response): void {
    const error = deadlineError()
    cancellation.expire(error)
    fail(error, req, res)
  }
}

/** Whether a handler has returned its output itself, for which there is no need to wait. */
function isPlainObject(returned: unknown): returned is Output {
  return (
    typeof returned === 'object' &&
    returned !== null &&
    Object.getPrototypeOf(returned) === Object.prototype &&
    !('then' in returned)
  )
}

/** Nobody reads the answer of a call that is over; a stream in it must not stay open. */
function discard(output: Output): void {
  if (!output) return
  const { stream, body } = output as { stream?: unknown; body?: unknown }
  for (const source of [stream, body]) {
    if (source instanceof Readable) source.destroy()
  }
}

/** Keeps a trace of an error that there is nobody left to tell. */
function logLate(err: unknown, { method, url }: Request): void {
  log.info({ method, url, err }, 'request aborted before its handler was done')
}
