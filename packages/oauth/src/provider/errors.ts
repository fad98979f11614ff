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

/** The database, or something else that is needed, is out of reach. */
export class Unavailable extends InvalidRequestError {
  override readonly error = 'temporarily_unavailable'
  override readonly status = 503

  constructor(cause: unknown) {
    super(UNAVAILABLE, cause)
  }
}

/** The same where the provider would make another error a grant that is no good: clients drop their session then. */
export class UnavailableGrant extends InvalidGrantError {
  override readonly error = 'temporarily_unavailable'
  override readonly status = 503

  constructor(cause: unknown) {
    super(UNAVAILABLE, cause)
  }
}

/** The same where the provider would make another error a token that is no good. */
export class UnavailableToken extends InvalidTokenError {
  override readonly error = 'temporarily_unavailable'
  override readonly status = 503

  constructor(cause: unknown) {
    super('DPoP', UNAVAILABLE, cause)
  }
}

/** A limit is used up. */
export class TooManyRequests extends InvalidRequestError {
  override readonly error = 'rate_limit_exceeded'
  override readonly status = 429
}

/** In which a failure of the database is answered. */
export type Role = 'request' | 'grant' | 'token'

const unavailable: Readonly<Record<Role, new (cause: unknown) => Error>> = {
  request: Unavailable,
  grant: UnavailableGrant,
  token: UnavailableToken,
}

/**
 * Asks the database or the account module for the provider, and puts refusals into its words. A failure is remembered with the
 * request under way.
 */
export async function answering<Result>(role: Role, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    throw toAnswer(error, role)
  }
}

/** The same functions, each {@link answering}. */
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

/** Where the words of the account module are for clients rather than for people. */
const TEXTS: Partial<Record<AccountErrorCode, string>> = {
  'account-disabled': 'Account has been taken down',
  'invalid-code': 'Invalid code',
  'expired-code': 'The code has expired',
  'invalid-reset-token': 'Invalid code',
  'expired-reset-token': 'The code has expired',
}
