import { safeFetchWrap } from '@atproto-labs/fetch-node'

/** Limit for a call with its whole answer, which may be a large repository, in milliseconds. */
const TIMEOUT_MS = 15 * 60_000

/** Sends requests to PDSes that users name: over TLS, and to public addresses only. */
export function createSafeFetch(): typeof globalThis.fetch {
  return safeFetchWrap({ responseMaxSize: Number.POSITIVE_INFINITY, timeout: TIMEOUT_MS })
}
