import { PasswordQueueFullError } from './crypto/password-hasher.ts'
import { TemporarilyUnavailable } from './errors.ts'
import { isDatabaseUnavailable, isTransactionConflict } from './store.ts'

/**
 * Overload and a database out of reach are the same to a caller, whichever operation meets them.
 */
export async function attempt<Result>(operation: Promise<Result>): Promise<Result> {
  try {
    return await operation
  } catch (cause) {
    if (cause instanceof PasswordQueueFullError) {
      const { retryAfterSeconds } = cause
      throw new TemporarilyUnavailable('Too busy; try again later', { cause, retryAfterSeconds })
    }
    if (isDatabaseUnavailable(cause) || isTransactionConflict(cause)) {
      throw new TemporarilyUnavailable('Temporarily unavailable; try again later', {
        cause,
        retryAfterSeconds: 5,
      })
    }
    throw cause
  }
}
