import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  AuthRequiredError,
  ForbiddenError,
  InternalServerError,
  InvalidRequestError,
  NotEnoughResourcesError,
  RateLimitExceededError,
  UpstreamFailureError,
  XRPCError,
} from '@atproto/xrpc-server'
import {
  AccountError,
  type AccountErrorCode,
  RateLimitExceeded,
  TemporarilyUnavailable,
} from '../errors.ts'
import type { Logger } from '../options.ts'
import { setLimitHeaders } from './limit-headers.ts'

/**
 * The same handlers, verifiers and functions of a call, with the domain's refusals as answers. Goes
 * into objects, so that whatever is put together here passes this one place. Faults are logged: the
 * caller gets a 500 that says nothing, and `@atproto/xrpc-server` by itself logs nothing either.
 */
export function withAnswers<Calls>(calls: Calls, logger: Pick<Logger, 'error'>): Calls {
  if (typeof calls === 'function') {
    const answering = async (context: CallContext, ...rest: readonly unknown[]) => {
      try {
        return await calls(context, ...rest)
      } catch (error) {
        const answer = toAnswer(error, context.res)
        if (!(answer instanceof LoggedFault)) throw answer
        logger.error({ err: error, path: pathOf(context.req) }, 'a call failed')
        throw answer
      }
    }
    return answering as Calls
  }
  if (typeof calls !== 'object' || calls === null) return calls
  const entries = Object.entries(calls).map(([name, call]) => [name, withAnswers(call, logger)])
  return Object.fromEntries(entries) as Calls
}

/** A fault that stands in the module's log. A host that logs errors itself can tell by the name. */
class LoggedFault extends InternalServerError {
  override readonly name = 'LoggedFault'
}

/** Without the query, which can hold a code. */
function pathOf(req: IncomingMessage | undefined): string | undefined {
  return req?.url?.split('?', 1)[0]
}

interface CallContext {
  readonly req?: IncomingMessage
  /** Streams have none. */
  readonly res?: ServerResponse
}

/**
 * Puts a refusal into the words of the wire, headers included. What is neither that nor an answer
 * already is a fault, and becomes a 500 that says nothing.
 */
export function toAnswer(error: unknown, res: ServerResponse | undefined): unknown {
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

/** The names are those that the lexicons declare, for every method that declares one. */
const answers: Readonly<Record<AccountErrorCode, (cause: AccountError) => XRPCError>> = {
  'invalid-handle': badRequest('InvalidHandle'),
  'handle-not-available': badRequest('HandleNotAvailable'),
  'invalid-email': badRequest(),
  'email-not-available': badRequest(),
  'invalid-password': badRequest('InvalidPassword'),
  'invalid-recovery-key': badRequest(),
  'invalid-invite-code': badRequest('InvalidInviteCode'),
  'invalid-use-count': badRequest(),
  'invalid-reset-token': badRequest('InvalidToken'),
  'expired-reset-token': badRequest('ExpiredToken'),
  'invalid-token': badRequest('InvalidToken'),
  'expired-token': badRequest('ExpiredToken'),
  'account-not-found': badRequest(),
  'wrong-account-status': badRequest(),
  'invite-code-not-found': badRequest(),
  'session-not-found': badRequest(),
  'mail-not-found': badRequest(),
  'wrong-mail-status': badRequest(),
  'invalid-cursor': badRequest(),
  'account-disabled': (cause) => new ForbiddenError(cause.message, 'AccountDisabled', { cause }),
  'wrong-credentials': (cause) => new AuthRequiredError(cause.message, undefined, { cause }),
  'handle-not-found': badRequest('HandleNotFound'),
  'reauthentication-required': (cause) =>
    new AuthRequiredError(cause.message, 'ReauthenticationRequired', { cause }),
  'identity-refused': (cause) => new UpstreamFailureError(cause.message, undefined, { cause }),
  'temporarily-unavailable': (cause) =>
    new NotEnoughResourcesError(cause.message, 'TemporarilyUnavailable', { cause }),
  'rate-limit-exceeded': (cause) => limitExceeded(cause as RateLimitExceeded),
}

function badRequest(name?: string): (cause: AccountError) => XRPCError {
  return (cause) => new InvalidRequestError(cause.message, name, { cause })
}

/** With the message of `@atproto/xrpc-server`, which clients know. */
function limitExceeded(cause: RateLimitExceeded): XRPCError {
  const { status } = cause
  const report = {
    limit: status.limit,
    duration: status.window,
    remainingPoints: status.remaining,
    msBeforeNext: status.msUntilReset,
    consumedPoints: status.spent,
    isFirstInDuration: status.spent === 1,
  }
  return new RateLimitExceededError(report, undefined, undefined, { cause })
}
