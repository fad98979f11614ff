import type { IncomingMessage, ServerResponse } from 'node:http'

/** Serves `com.atproto.temp.dereferenceScope`, by which an official PDS reads long scopes. */
export async function serveScope(
  find: (reference: string) => Promise<string | undefined>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  res.setHeader('Content-Type', 'application/json')
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.statusCode = 405
    res.setHeader('Allow', 'GET, HEAD')
    res.end(JSON.stringify({ error: 'InvalidRequest', message: 'The method is a query: use GET' }))
    return
  }
  const [, query = ''] = (req.url ?? '').split('?', 2)
  const scope = await find(new URLSearchParams(query).get('scope') ?? '')
  if (scope === undefined) {
    res.statusCode = 400
    const message = 'No token in use has this scope'
    res.end(JSON.stringify({ error: 'InvalidScopeReference', message }))
    return
  }
  res.end(JSON.stringify({ scope }))
}
