import { type ErrorResult, excludeErrorResult } from '@atproto/xrpc-server'

/**
 * The result of a verifier; throws if it is an error. Skips the stock server's check if the result has no `status`:
 * that check builds an Error, with a stack, for every valid result.
 */
export function withoutError<T>(result: T | ErrorResult): T {
  const isNone = typeof result === 'object' && result !== null && !('status' in result)
  return isNone ? result : (excludeErrorResult(result) as T)
}
