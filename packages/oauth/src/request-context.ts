import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LiveAccount } from './store/live-account.ts'

/**
 * Context of the request under way, for stores: the provider tells them neither who calls nor from which browser.
 */
export interface RequestContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse | undefined
  /** By the clock of `performance`. */
  readonly began: number
  /** True once the database could not be asked: what the provider concludes from that ends nobody's session. */
  hasFailed: boolean
  /** The browser that the request came from, once its cookie was found good. */
  deviceId?: string
  /** The refresh token that the request presents. */
  refreshToken?: string
  /** Whose access token the request presents, if it was looked up. */
  account?: LiveAccount
  /** The scopes that were consented to by the request. */
  granted?: ReadonlySet<string>
}

const storage = new AsyncLocalStorage<RequestContext>()

export function withRequest<Result>(
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse | undefined },
  run: () => Result,
): Result {
  return storage.run({ req, res, began: performance.now(), hasFailed: false }, run)
}

/** Undefined outside of {@link withRequest}. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore()
}
