import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/**
 * Hop-by-hop headers, which are not forwarded. Source: RFC 9110, section 7.6.1, and RFC 9112, section 6.1; `Upgrade` and `Expect`
 * are answered by Node.
 */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Request headers that the entryway sets itself, or that are meant only for it. */
const OF_ENTRYWAY: ReadonlySet<string> = new Set([
  'cookie',
  'forwarded',
  'host',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
])

/** CORS headers of an answer, which the entryway sets itself. */
const OF_ORIGINS: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-allow-origin',
])

export interface RequestHeadersOptions {
  /** The client address. */
  readonly address: string | undefined
  /** The name of this entryway in `Via`. */
  readonly pseudonym: string
  /** True to send the credentials to the host. */
  readonly isAuthorized: boolean
}

/** The request headers to send to the host. */
export function requestHeaders(
  req: IncomingMessage,
  { address, pseudonym, isAuthorized }: RequestHeadersOptions,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  const named = namedByConnection(req)
  for (const [name, value] of Object.entries(req.headers)) {
    if (OF_CONNECTION.has(name) || OF_ENTRYWAY.has(name) || named?.has(name)) continue
    if (name === 'authorization' && !isAuthorized) continue
    headers[name] = value
  }
  // Forwards the framing by which Node's parser read the body.
  if (req.headers['transfer-encoding'] !== undefined) {
    headers['transfer-encoding'] = 'chunked'
  } else if (req.headers['content-length'] !== undefined) {
    headers['content-length'] = req.headers['content-length']
  }
  if (address !== undefined) headers['x-forwarded-for'] = address
  const { via } = req.headers
  headers.via = `${via === undefined ? '' : `${via}, `}${req.httpVersion} ${pseudonym}`
  return headers
}

/** True if a request has passed through this entryway before. Source: RFC 9110, section 7.6.3. */
export function hasPassed({ headers }: IncomingMessage, pseudonym: string): boolean {
  const { via } = headers
  if (via === undefined) return false
  return via.split(',').some((hop) => hop.trim().split(' ')[1] === pseudonym)
}

/** Copies the headers of an answer. Repeated headers stay separate. */
export function copyHeaders(answer: IncomingMessage, res: ServerResponse): void {
  const { rawHeaders } = answer
  const named = namedByConnection(answer)
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const [header = '', value = ''] = [rawHeaders[n], rawHeaders[n + 1]]
    const name = header.toLowerCase()
    if (OF_CONNECTION.has(name) || OF_ORIGINS.has(name) || named?.has(name)) continue
    res.appendHeader(header, value)
  }
}

function namedByConnection({ headers }: IncomingMessage): ReadonlySet<string> | undefined {
  const { connection } = headers
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return undefined
  return new Set(connection.toLowerCase().split(/[\s,]+/))
}
