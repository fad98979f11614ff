import { PasswordQueueFullError } from './crypto/password-hasher.ts'
import {
  InvalidCode,
  InvalidResetToken,
  RateLimitExceeded,
  TemporarilyUnavailable,
  WrongCredentials,
} from './errors.ts'
import type { AccountEvent, AccountObserver } from './events.ts'
import type { Logger } from './options.ts'
import { isDatabaseUnavailable, isTransactionConflict } from './store.ts'
import { causeOfUnavailability } from './unavailability.ts'

/**
 * Unifies refusals of all operations: overload, an unreachable database and a silent directory
 * become {@link TemporarilyUnavailable}. Logs the cause, which the caller does not see, and reports
 * countable refusals to the observer.
 *
 * @param by the kind of credentials, for wrong ones.
 */
export function translatingRefusals(
  { logger, observe }: AttemptOptions,
  by: 'password' | 'admin' = 'password',
) {
  return async <Result>(operation: Promise<Result>): Promise<Result> => {
    try {
      return await operation
    } catch (error) {
      const refusal = translate(error)
      const event = eventOf(refusal, by)
      if (event !== undefined) observe(event)
      if (refusal instanceof TemporarilyUnavailable) {
        logger.warn(causeOfUnavailability(refusal), 'temporarily unavailable')
      }
      throw refusal
    }
  }
}

interface AttemptOptions {
  readonly logger: Pick<Logger, 'warn'>
  readonly observe: AccountObserver
}

function eventOf(refusal: unknown, by: 'password' | 'admin'): AccountEvent | undefined {
  if (refusal instanceof WrongCredentials) return { type: 'authentication-failed', by }
  if (refusal instanceof InvalidResetToken || refusal instanceof InvalidCode) {
    return { type: 'authentication-failed', by: 'reset-code' }
  }
  if (refusal instanceof RateLimitExceeded) return { type: 'limit-exceeded', limit: refusal.limit }
  return undefined
}

function translate(cause: unknown): unknown {
  if (cause instanceof PasswordQueueFullError) {
    const { retryAfterSeconds } = cause
    return new TemporarilyUnavailable('Too busy; try again later', { cause, retryAfterSeconds })
  }
  if (isDatabaseUnavailable(cause) || isTransactionConflict(cause)) {
    return new TemporarilyUnavailable('Temporarily unavailable; try again later', {
      cause,
      retryAfterSeconds: 5,
    })
  }
  return cause
}
