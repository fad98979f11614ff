import { Router } from 'express'

/**
 * A router for the program's own paths, which it takes to the letter. Express would take `/METRICS` and `/metrics/` for
 * `/metrics`, and a proxy that hides the one would let the others through.
 */
export function ownRoutes(): Router {
  return Router({ strict: true, caseSensitive: true })
}
