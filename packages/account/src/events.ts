import type { LimitName } from './limits/limits.ts'
import type { Logger } from './options.ts'

/** Countable events, without personal data. */
export type AccountEvent =
  /** A wrong password, reset code or admin password, by any method. */
  | { readonly type: 'authentication-failed'; readonly by: 'password' | 'reset-code' | 'admin' }
  /** A request was refused by a limit. */
  | { readonly type: 'limit-exceeded'; readonly limit: LimitName }
  /** `failed` is retried, `given-up` is not. */
  | { readonly type: 'mail'; readonly outcome: 'sent' | 'failed' | 'given-up' }
  /** An operation was sent to the DID directory. */
  | {
      readonly type: 'directory'
      readonly outcome: 'published' | 'refused' | 'failed'
      readonly seconds: number
    }

/** Called with each event, synchronously. */
export type AccountObserver = (event: AccountEvent) => void

/** Wraps an observer to log its errors instead of throwing them. */
export function safeObserver(
  observe: AccountObserver | undefined,
  logger: Pick<Logger, 'error'>,
): AccountObserver {
  if (observe === undefined) return () => {}
  return (event) => {
    try {
      observe(event)
    } catch (err) {
      logger.error({ err, event: event.type }, 'the event observer threw an error')
    }
  }
}
