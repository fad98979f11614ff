import { type ErrorResult, excludeErrorResult } from '@atproto/xrpc-server'

/**
 * The result of a verifier; throws when it is an error. Skips the stock server's check where the result has no `status`:
 * that check builds an Error, with its stack, for every good result.
 */
export function withoutError<T>(result: T | ErrorResult): T {
  const isNone = typeof result === 'object' && result !== null && !('status' in result)
  return isNone ? result : (excludeErrorResult(result) as T)
}
