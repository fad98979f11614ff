import { AccountNotFound, type AccountService } from '@lexwright/account'
import type { Router } from 'express'
import { sendError, sendJson } from './json.ts'
import { ownRoutes } from './own-routes.ts'

/**
 * `/did:plc:…`: documents of accounts with unpublished DIDs, in the form of a PLC directory, for
 * apps under development.
 */
export function ownDirectoryRoutes({
  describeSession,
}: Pick<AccountService, 'describeSession'>): Router {
  const routes = ownRoutes()
  // Clients percent-encode the colons.
  routes.get(/^\/did(?::|%3A)plc(?::|%3A)([a-z2-7]+)$/, async (req, res, next) => {
    const did = `did:plc:${req.params[0]}`
    res.setHeader('Access-Control-Allow-Origin', '*')
    try {
      const { didDocument } = await describeSession(did)
      if (didDocument !== undefined) return sendJson(res, 200, didDocument)
    } catch (error) {
      if (!(error instanceof AccountNotFound)) return next(error)
    }
    sendError(res, 404, 'NotFound', `No account here has the DID ${did}`)
  })
  return routes
}
