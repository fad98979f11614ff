import type { LimitName } from './limits/limits.ts'
import type { Logger } from './options.ts'

/** Something that happened and is worth counting. Says nothing of a person. */
export type AccountEvent =
  /** A wrong password, reset code or admin password, whichever way it came. */
  | { readonly type: 'authentication-failed'; readonly by: 'password' | 'reset-code' | 'admin' }
  /** A limit was used up, and a request refused. */
  | { readonly type: 'limit-exceeded'; readonly limit: LimitName }
  /** `failed` is tried again, `given-up` is not. */
  | { readonly type: 'mail'; readonly outcome: 'sent' | 'failed' | 'given-up' }
  /** The DID directory was asked to take an operation. */
  | {
      readonly type: 'directory'
      readonly outcome: 'published' | 'refused' | 'failed'
      readonly seconds: number
    }

/** Told of events, at once. */
export type AccountObserver = (event: AccountEvent) => void

/** An observer that disturbs nobody: an error it throws is logged. */
export function safeObserver(
  observe: AccountObserver | undefined,
  logger: Pick<Logger, 'error'>,
): AccountObserver {
  if (observe === undefined) return () => {}
  return (event) => {
    try {
      observe(event)
    } catch (err) {
      logger.error({ err, event: event.type }, 'an observer of events failed')
    }
  }
}
