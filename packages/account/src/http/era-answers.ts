import {
  AuthRequiredError,
  ForbiddenError,
  InvalidRequestError,
  NotEnoughResourcesError,
  RateLimitExceededError,
  UpstreamFailureError,
  type XRPCError,
} from '@atproto/xrpc-server'
import type { AccountError, RateLimitExceeded } from '../errors.ts'
import type { Answers } from './answer.ts'

/**
 * The answers of 2022. Error names are those of the lexicons, for every method that declares them.
 */
export const eraAnswers: Answers = {
  'invalid-handle': badRequest('InvalidHandle'),
  'handle-not-available': badRequest('HandleNotAvailable'),
  'invalid-email': badRequest(),
  'email-not-available': badRequest(),
  'invalid-password': badRequest('InvalidPassword'),
  'invalid-recovery-key': badRequest(),
  'invalid-invite-code': badRequest('InvalidInviteCode'),
  'invalid-use-count': badRequest(),
  'invites-disabled': badRequest(),
  'invalid-reset-token': badRequest('InvalidToken'),
  'expired-reset-token': badRequest('ExpiredToken'),
  'invalid-app-password': badRequest(),
  'invalid-code': badRequest('InvalidToken'),
  'expired-code': badRequest('ExpiredToken'),
  'code-required': badRequest('TokenRequired'),
  'auth-factor-required': (cause) =>
    new AuthRequiredError(cause.message, 'AuthFactorTokenRequired', { cause }),
  'other-email': badRequest('InvalidEmail'),
  'invalid-token': badRequest('InvalidToken'),
  'bad-token-scope': badRequest('InvalidToken'),
  'expired-token': badRequest('ExpiredToken'),
  'account-not-found': badRequest(),
  'wrong-account-status': badRequest(),
  'invite-code-not-found': badRequest(),
  'session-not-found': badRequest(),
  'mail-not-found': badRequest(),
  'wrong-mail-status': badRequest(),
  'invalid-cursor': badRequest(),
  'account-disabled': (cause) => new ForbiddenError(cause.message, 'AccountDisabled', { cause }),
  'account-deactivated': (cause) =>
    new ForbiddenError(cause.message, 'AccountDeactivated', { cause }),
  'wrong-credentials': (cause) => new AuthRequiredError(cause.message, undefined, { cause }),
  'handle-not-found': badRequest('HandleNotFound'),
  'reauthentication-required': (cause) =>
    new AuthRequiredError(cause.message, 'ReauthenticationRequired', { cause }),
  'unresolvable-handle': badRequest(),
  'did-not-found': badRequest('DidNotFound'),
  'did-deactivated': badRequest('DidDeactivated'),
  'did-not-available': badRequest(),
  'unresolvable-did': badRequest('UnresolvableDid'),
  'invalid-operation': badRequest(),
  'bad-expiration': badRequest('BadExpiration'),
  'service-auth-refused': badRequest(),
  'identity-refused': (cause) => new UpstreamFailureError(cause.message, undefined, { cause }),
  'did-leads-elsewhere': badRequest(),
  'temporarily-unavailable': (cause) =>
    new NotEnoughResourcesError(cause.message, 'TemporarilyUnavailable', { cause }),
  'rate-limit-exceeded': (cause) => limitExceeded(cause as RateLimitExceeded),
}

/** A 400 with an error name and the message of its cause. */
export function badRequest(name?: string): (cause: AccountError) => XRPCError {
  return (cause) => new InvalidRequestError(cause.message, name, { cause })
}

/** Has the message of `@atproto/xrpc-server`, which clients expect. */
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
