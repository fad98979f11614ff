import type { Interceptor } from './interceptors.ts'

/**
 * Asks browsers and proxies to keep no answer of a method, for tokens and what else is for one caller. A `Cache-Control` that the
 * handler returns takes its place.
 *
 * @example
 * ```ts
 * intercept(server.com.example.session, 'create', noStore)
 * ```
 * Source: RFC 9111, section 5.2.2.5
 */
export const noStore: Interceptor = async ({ res }, next) => {
  res?.setHeader('Cache-Control', 'no-store')
  return await next()
}
