import { AccountError, HandleNotFound } from '@lexwright/account'
import type { Router } from 'express'
import { sendError } from './json.ts'
import { ownRoutes } from './own-routes.ts'

export interface WellKnownOptions {
  /** @throws {HandleNotFound} */
  readonly resolveHandle: (handle: string) => Promise<string>
}

/**
 * `/.well-known/atproto-did` on the host name of a handle: its DID as text
 * (https://atproto.com/specs/handle#handle-resolution). Needs a wildcard DNS entry and certificate.
 */
export function wellKnownRoutes({ resolveHandle }: WellKnownOptions): Router {
  const routes = ownRoutes()
  routes.get('/.well-known/atproto-did', async (req, res, next) => {
    try {
      const did = await resolveHandle(req.hostname ?? '')
      res.set('Content-Type', 'text/plain; charset=utf-8').set('Cache-Control', 'no-store').end(did)
    } catch (error) {
      if (error instanceof HandleNotFound) {
        return sendError(res, 404, 'HandleNotFound', 'This host name is nobody’s handle')
      }
      if (!(error instanceof AccountError)) return next(error)
      res.setHeader('Retry-After', '5')
      sendError(res, 503, 'TemporarilyUnavailable', error.message)
    }
  })
  return routes
}
