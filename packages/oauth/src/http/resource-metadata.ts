import type { IncomingMessage, ServerResponse } from 'node:http'

export interface ProtectedResource {
  /** The origin that accepts tokens. */
  readonly resource: string
  /** The authorization server that issues them. */
  readonly issuer: string
}

/** Serves `/.well-known/oauth-protected-resource` (RFC 9728). */
export function serveResourceMetadata(
  { resource, issuer }: ProtectedResource,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  res.setHeader('Access-Control-Allow-Origin', '*')
  res.setHeader('Access-Control-Allow-Methods', '*')
  res.setHeader('Access-Control-Allow-Headers', '*')
  if (req.method === 'OPTIONS') {
    res.setHeader('Access-Control-Max-Age', '86400')
    res.statusCode = 204
    res.end()
    return
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD, OPTIONS')
    res.statusCode = 405
    res.end()
    return
  }
  res.setHeader('Cache-Control', 'max-age=300')
  res.setHeader('Content-Type', 'application/json')
  res.end(
    JSON.stringify({
      resource,
      authorization_servers: [issuer],
      scopes_supported: [],
      bearer_methods_supported: ['header'],
      resource_documentation: 'https://atproto.com',
    }),
  )
}
