import type { ServerResponse } from 'node:http'
import {
  AuthRequiredError,
  ForbiddenError,
  InvalidRequestError,
  NotEnoughResourcesError,
  UpstreamFailureError,
  type XRPCError,
} from '@atproto/xrpc-server'
import type { DeclaredError } from '@lexwright/xrpc'
import { AccountError, type AccountErrorCode, TemporarilyUnavailable } from '../errors.ts'

/** The classes that a method's lexicon declares, by what they stand for. */
export type DeclaredErrors = {
  readonly [Code in AccountErrorCode]?: new (
    message: string,
    options: ErrorOptions,
  ) => DeclaredError
}

/**
 * Runs the domain's part of a call and puts its refusals into the words of the wire: the method's
 * declared error if there is one, else the usual one. Anything that is no refusal is a fault, and
 * becomes a 500 that says nothing.
 */
export async function answer<Result>(
  res: ServerResponse | undefined,
  operation: Promise<Result>,
  declared: DeclaredErrors = {},
): Promise<Result> {
  try {
    return await operation
  } catch (cause) {
    if (!(cause instanceof AccountError)) throw cause
    if (cause instanceof TemporarilyUnavailable) {
      res?.setHeader('Retry-After', String(cause.retryAfterSeconds))
    }
    const Declared = declared[cause.code]
    throw Declared === undefined ? usual[cause.code](cause) : new Declared(cause.message, { cause })
  }
}

/** How each refusal is answered where no lexicon says otherwise. */
const usual: Readonly<Record<AccountErrorCode, (cause: AccountError) => XRPCError>> = {
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
  'account-disabled': (cause) => new ForbiddenError(cause.message, 'AccountDisabled', { cause }),
  'wrong-credentials': (cause) => new AuthRequiredError(cause.message, undefined, { cause }),
  'handle-not-found': badRequest('HandleNotFound'),
  'reauthentication-required': (cause) =>
    new AuthRequiredError(cause.message, 'ReauthenticationRequired', { cause }),
  'identity-refused': (cause) => new UpstreamFailureError(cause.message, undefined, { cause }),
  'temporarily-unavailable': (cause) =>
    new NotEnoughResourcesError(cause.message, 'TemporarilyUnavailable', { cause }),
}

function badRequest(name?: string): (cause: AccountError) => XRPCError {
  return (cause) => new InvalidRequestError(cause.message, name, { cause })
}
