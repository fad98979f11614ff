import { Router } from 'express'

/**
 * A router for the program's own paths, which it takes to the letter. Express would take `/METRICS`, `/metrics/` and `/metrics#x`
 * for `/metrics`, and a proxy that hides the one would let the others through.
 */
export function ownRoutes(): Router {
  const routes = Router({ strict: true, caseSensitive: true })
  // No client sends a fragment (RFC 9112 §3.2).
  routes.use((req, _res, next) => (req.url.includes('#') ? next('router') : next()))
  return routes
}
