import { AccountError, HandleNotFound } from '@lexwright/account'
import type { Router } from 'express'
import { sendError, sendJson } from './json.ts'
import { ownRoutes } from './own-routes.ts'

export interface WellKnownOptions {
  /** @throws {HandleNotFound} */
  readonly resolveHandle: (handle: string) => Promise<string>
  /** Document of the service's DID; undefined if published elsewhere. */
  readonly serviceDocument?: object | undefined
}

/**
 * `/.well-known/atproto-did` on the host name of a handle: its DID as text
 * (https://atproto.com/specs/handle#handle-resolution), which requires a wildcard DNS entry and
 * certificate. `/.well-known/did.json`: the document of the service's own `did:web`
 * (https://w3c-ccg.github.io/did-method-web/).
 */
export function wellKnownRoutes({ resolveHandle, serviceDocument }: WellKnownOptions): Router {
  const routes = ownRoutes()
  if (serviceDocument !== undefined) {
    routes.get('/.well-known/did.json', (_req, res) => sendJson(res, 200, serviceDocument))
  }
  routes.get('/.well-known/atproto-did', async (req, res, next) => {
    try {
      const did = await resolveHandle(req.hostname ?? '')
      res.set('Content-Type', 'text/plain; charset=utf-8').set('Cache-Control', 'no-store').end(did)
    } catch (error) {
      if (error instanceof HandleNotFound) {
        return sendError(
          res,
          404,
          'HandleNotFound',
          'This host name is not a handle of this service',
        )
      }
      if (!(error instanceof AccountError)) return next(error)
      res.setHeader('Retry-After', '5')
      sendError(res, 503, 'TemporarilyUnavailable', error.message)
    }
  })
  return routes
}

/** The document of the service's DID; undefined unless its host serves it. */
export function describeService({ did, hostname, url }: Service): object | undefined {
  if (did !== `did:web:${hostname}`) return undefined
  return {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: url }],
  }
}

export interface Service {
  readonly did: string
  readonly hostname: string
  /** Public URL of the service. */
  readonly url: string
}
