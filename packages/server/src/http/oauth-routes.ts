import type { AuthorizationServer } from '@lexwright/oauth'
import type { RequestHandler } from 'express'

export interface OAuthRoutesOptions {
  readonly oauth: Pick<AuthorizationServer, 'middleware'>
  /** Counts requests; undefined if metrics are turned off. */
  readonly count: ((endpoint: OAuthEndpoint, status: number) => void) | undefined
}

/** Endpoint of a request to the authorization server, for metrics. */
export type OAuthEndpoint = 'authorize' | 'par' | 'revoke' | 'token' | 'other'

const endpoints: ReadonlyMap<string, OAuthEndpoint> = new Map([
  ['/oauth/authorize', 'authorize'],
  ['/oauth/par', 'par'],
  ['/oauth/revoke', 'revoke'],
  ['/oauth/token', 'token'],
])

/** The routes of the authorization server, counted. */
export function oauthRoutes({ oauth, count }: OAuthRoutesOptions): RequestHandler {
  if (count === undefined) return oauth.middleware
  return (req, res, next) => {
    const { path } = req
    let isOther = false
    oauth.middleware(req, res, (error) => {
      isOther = true
      next(error)
    })
    if (isOther) return
    res.once('close', () => count(endpoints.get(path) ?? 'other', res.statusCode))
  }
}
