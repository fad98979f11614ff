import type { Middleware } from '@lexwright/xrpc'

/**
 * Serves the DID document of `did:web:<hostname>`, which contains the URL of the feed generator.
 */
export function didDocument(hostname: string): Middleware {
  const document = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: `did:web:${hostname}`,
    service: [
      {
        id: '#bsky_fg',
        type: 'BskyFeedGenerator',
        serviceEndpoint: `https://${hostname}`,
      },
    ],
  }
  return (req, res, next) => {
    if (req.url === '/.well-known/did.json') res.json(document)
    else next()
  }
}
