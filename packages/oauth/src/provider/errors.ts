import {
  HandleUnavailableError,
  InvalidCredentialsError,
  InvalidGrantError,
  InvalidRequestError,
  InvalidTokenError,
} from '@atproto/oauth-provider/errors'
import {
  AccountError,
  type AccountErrorCode,
  HandleNotAvailable,
  InvalidHandle,
  RateLimitExceeded,
  TemporarilyUnavailable,
} from '@lexwright/account'
import { isDatabaseUnavailable, isTransactionConflict } from '@lexwright/account/extension'
import { currentRequest } from '../request-context.ts'

const UNAVAILABLE = 'Temporarily unavailable; try again later'

/** The database or another dependency is unreachable. */
export class Unavailable extends InvalidRequestError {
  override readonly error = 'temporarily_unavailable'
  override readonly status = 503

  constructor(cause: unknown) {
    super(UNAVAILABLE, cause)
  }
}

/**
 * Used where the provider would turn another error into an invalid grant, after which clients drop
 * their session.
 */
export class UnavailableGrant extends InvalidGrantError {
  override readonly error = 'temporarily_unavailable'
  override readonly status = 503

  constructor(cause: unknown) {
    super(UNAVAILABLE, cause)
  }
}

/** Used where the provider would turn another error into an invalid token. */
export class UnavailableToken extends InvalidTokenError {
  override readonly error = 'temporarily_unavailable'
  override readonly status = 503

  constructor(cause: unknown) {
    super('DPoP', UNAVAILABLE, cause)
  }
}

/** A rate limit is exhausted. */
export class TooManyRequests extends InvalidRequestError {
  override readonly error = 'rate_limit_exceeded'
  override readonly status = 429
}

/** Selects the error for a failure of the database. */
export type Role = 'request' | 'grant' | 'token'

const unavailable: Readonly<Record<Role, new (cause: unknown) => Error>> = {
  request: Unavailable,
  grant: UnavailableGrant,
  token: UnavailableToken,
}

/**
 * Calls the database or the account module for the provider and translates refusals. Records a
 * failure in the request context.
 */
export async function answering<Result>(role: Role, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    throw toAnswer(error, role)
  }
}

/** Wraps every function of a store with {@link answering}. */
export function answeringAll<Store extends object>(role: Role, store: Store): Store {
  return Object.fromEntries(
    Object.entries(store).map(([name, ask]) => [
      name,
      (...parameters: unknown[]) => answering(role, async () => await ask(...parameters)),
    ]),
  ) as Store
}

function toAnswer(error: unknown, role: Role): unknown {
  if (
    error instanceof TemporarilyUnavailable ||
    isDatabaseUnavailable(error) ||
    isTransactionConflict(error)
  ) {
    const context = currentRequest()
    if (context !== undefined) context.hasFailed = true
    return new unavailable[role](error)
  }
  if (error instanceof RateLimitExceeded) return new TooManyRequests(error.message, error)
  if (!(error instanceof AccountError)) return error
  if (error instanceof InvalidHandle) {
    return new HandleUnavailableError(
      error.rule === 'domain' || error.rule === 'unproven' ? 'domain' : 'syntax',
      error.message,
      error,
    )
  }
  if (error instanceof HandleNotAvailable) {
    return new HandleUnavailableError(
      error.taken === undefined ? 'reserved' : 'taken',
      error.message,
      error,
    )
  }
  if (error.code === 'wrong-credentials') return new InvalidCredentialsError()
  return new InvalidRequestError(TEXTS[error.code] ?? error.message, error)
}

/** Messages that the provider's pages recognize, and replace by a text in the person's language. */
const TEXTS: Partial<Record<AccountErrorCode, string>> = {
  'account-disabled': 'Account has been taken down',
  'email-not-available': 'Email already taken',
  'invalid-code': 'Invalid code',
  'expired-code': 'The code has expired',
  'invalid-invite-code': 'This invite code is invalid.',
  'invalid-reset-token': 'Invalid code',
  'expired-reset-token': 'The code has expired',
}
