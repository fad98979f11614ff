/** Sends a request for a path such as `/xrpc/com.example.get?limit=5` to one service. */
export type FetchHandler = (path: string, init: RequestInit) => Promise<Response>

/**
 * The service to call: its origin, a function, or an object with one. Sessions of `@atproto/api` and
 * `@atproto/oauth-client` have `fetchHandler`, handlers of `@atcute/client` have `handle`.
 */
export type Service =
  | string
  | URL
  | FetchHandler
  | { readonly fetchHandler: FetchHandler }
  | { readonly handle: FetchHandler }

export function fetchHandlerOf(service: Service, send: typeof fetch | undefined): FetchHandler {
  if (typeof service === 'function') return service
  if (typeof service === 'object') {
    if ('fetchHandler' in service) return (path, init) => service.fetchHandler(path, init)
    if ('handle' in service) return (path, init) => service.handle(path, init)
  }
  const origin = new URL(service)
  // Looked up per call, since it may be replaced, and called without a receiver, as browsers
  // require.
  return (path, init) => (send ?? globalThis.fetch)(new URL(path, origin), init)
}
