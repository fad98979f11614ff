import { Router } from 'express'

/**
 * A router that matches the program's own paths exactly. Express would match `/METRICS`,
 * `/metrics/` and `/metrics#x` as `/metrics`, past a proxy that only blocks the last.
 */
export function ownRoutes(): Router {
  const routes = Router({ strict: true, caseSensitive: true })
  // Clients send no fragments (RFC 9112 §3.2).
  routes.use((req, _res, next) => (req.url.includes('#') ? next('router') : next()))
  return routes
}
