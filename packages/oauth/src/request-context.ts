import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LiveAccount } from './store/live-account.ts'

/**
 * Context of the current request, for stores: the provider passes them neither the caller nor the
 * browser.
 */
export interface RequestContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse | undefined
  /** Start time by the clock of `performance`. */
  readonly began: number
  /** True after a failure of the database: conclusions of the provider then end no session. */
  hasFailed: boolean
  /** The browser of the request, once its cookie is verified. */
  deviceId?: string
  /** The presented refresh token. */
  refreshToken?: string
  /** The account of the presented access token, if it was looked up. */
  account?: LiveAccount
  /** The scopes granted in this request. */
  granted?: ReadonlySet<string>
}

const storage = new AsyncLocalStorage<RequestContext>()

export function withRequest<Result>(
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse | undefined },
  run: () => Result,
): Result {
  return storage.run({ req, res, began: performance.now(), hasFailed: false }, run)
}

/** True in requests for tokens, which somebody with an account has consented to. */
export function isTokenRequest(): boolean {
  return currentRequest()?.req.url?.split('?', 1)[0] === '/oauth/token'
}

/** Undefined outside {@link withRequest}. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore()
}
