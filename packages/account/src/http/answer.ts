import type { IncomingMessage, ServerResponse } from 'node:http'
import { InternalServerError, XRPCError } from '@atproto/xrpc-server'
import {
  AccountError,
  type AccountErrorCode,
  RateLimitExceeded,
  TemporarilyUnavailable,
} from '../errors.ts'
import type { Logger } from '../options.ts'
import { setLimitHeaders } from './limit-headers.ts'

/** Maps each refusal to the answer of a lexicon generation. */
export type Answers = Readonly<Record<AccountErrorCode, (cause: AccountError) => XRPCError>>

export interface AnswerOptions {
  readonly answers: Answers
  readonly logger: Pick<Logger, 'error'>
}

/**
 * Wraps handlers, verifiers and functions of a call, recursively, so refusals become answers
 * everywhere. Faults are logged: the caller gets a 500 without details, and `@atproto/xrpc-server`
 * logs nothing.
 */
export function withAnswers<Calls>(calls: Calls, options: AnswerOptions): Calls {
  if (typeof calls === 'function') {
    const answering = async (context: CallContext, ...rest: readonly unknown[]) => {
      try {
        return await calls(context, ...rest)
      } catch (error) {
        const answer = toAnswer(error, context.res, options.answers)
        if (!(answer instanceof LoggedFault)) throw answer
        options.logger.error({ err: error, path: pathOf(context.req) }, 'a call failed')
        throw answer
      }
    }
    return answering as Calls
  }
  if (typeof calls !== 'object' || calls === null) return calls
  const entries = Object.entries(calls).map(([name, call]) => [name, withAnswers(call, options)])
  return Object.fromEntries(entries) as Calls
}

/** A fault that the module has already logged. A host that logs errors can recognize it by name. */
class LoggedFault extends InternalServerError {
  override readonly name = 'LoggedFault'
}

/** Omits the query, which may contain a code. */
function pathOf(req: IncomingMessage | undefined): string | undefined {
  return req?.url?.split('?', 1)[0]
}

interface CallContext {
  readonly req?: IncomingMessage
  /** Absent for subscriptions. */
  readonly res?: ServerResponse
}

/**
 * Maps AccountErrors to XRPC errors, headers included. Any other error becomes a 500 without
 * details.
 */
export function toAnswer(
  error: unknown,
  res: ServerResponse | undefined,
  answers: Answers,
): unknown {
  if (!(error instanceof AccountError)) {
    if (XRPCError.fromError(error).statusCode !== 500) return error
    return new LoggedFault('Internal Server Error', undefined, { cause: error })
  }
  if (error instanceof TemporarilyUnavailable) {
    res?.setHeader('Retry-After', String(error.retryAfterSeconds))
  }
  if (error instanceof RateLimitExceeded && res !== undefined) {
    setLimitHeaders(res, error.status)
    res.setHeader('Retry-After', Math.ceil(error.status.msUntilReset / 1000))
    res.appendHeader('Access-Control-Expose-Headers', 'Retry-After')
  }
  return answers[error.code](error)
}
