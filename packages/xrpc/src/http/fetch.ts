import {
  type ClientRequest,
  type Server as HttpServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { connectInMemory } from './memory-connection.ts'

/** Facts about a call that its `Request` does not carry. */
export interface FetchContext {
  /** The client's address, by which rate limits count; default unknown. */
  readonly remoteAddress?: string | undefined
}

/**
 * Serves one call. Rejects if there is no answer: with the reason of `request.signal`, with the error of the request
 * body, or because the server broke off the connection.
 */
export type FetchHandler = (request: Request, context?: FetchContext) => Promise<Response>

/**
 * Serves a `Request` over an in-memory connection, with Node's HTTP client and parser at its ends, so that no network
 * behaviour has to be imitated.
 */
export function fetchHandler(http: HttpServer): FetchHandler {
  return async (request, { remoteAddress } = {}) => {
    const { signal } = request
    signal.throwIfAborted()
    const url = new URL(request.url)
    const peer = { remoteAddress, encrypted: url.protocol === 'https:' }
    const length = announcedLength(request)
    const sent = httpRequest({
      createConnection: () => connectInMemory(http, peer),
      path: targetOf(url),
      method: request.method,
      headers: requestHeaders(request, url, length),
      // Limits the answer's headers, which come from our own handlers.
      maxHeaderSize: 1_048_576,
    })
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason)
        const error = asError(signal.reason)
        received?.destroy(error)
        sent.destroy(error)
      }
      let received: IncomingMessage | undefined
      signal.addEventListener('abort', abort, { once: true })
      sent.once('close', () => signal.removeEventListener('abort', abort))
      // Has no effect after an answer: the rest of the body is no longer needed.
      sent.on('error', reject)
      sent.once('response', (message) => {
        received = message
        resolve(message)
      })
      const failed = (error: unknown): void => {
        // Once the connection has ended, further errors only result from its end.
        if (sent.destroyed) return
        reject(error)
        sent.destroy()
      }
      upload(request, length, { sent, failed }).catch(failed)
    })
    return toResponse(request, await answer)
  }
}

interface Upload {
  readonly sent: ClientRequest
  /** Called with the error of a body that cannot be delivered, before the connection closes. */
  readonly failed: (error: unknown) => void
}

/** Sends the body. The server may stop reading it once it has answered. */
async function upload(
  { body }: Request,
  length: number | undefined,
  { sent, failed }: Upload,
): Promise<void> {
  if (body === null) {
    sent.end()
    return
  }
  const bytes = Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
  bytes.once('error', failed)
  await (length === undefined
    ? pipeline(bytes, sent)
    : pipeline(bytes, (source) => exactly(length, source, failed), sent))
}

/** Fails on bytes beyond the announced length, which would be parsed as the next request. */
async function* exactly(
  length: number,
  source: AsyncIterable<Uint8Array>,
  failed: Upload['failed'],
): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of source) {
    seen += chunk.byteLength
    if (seen > length) break
    yield chunk
  }
  if (seen === length) return
  failed(new TypeError(`The body of the request is not as long as its Content-Length, ${length}`))
}

/** Path and query. Keeps a trailing question mark. */
function targetOf({ href, origin }: URL): string {
  const [target = ''] = href.slice(origin.length).split('#', 1)
  return target
}

/** Hop-by-hop headers, which are not forwarded. Source: RFC 9110, section 7.6.1. */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * The `Content-Length` that a host forwards. A `Request` made by a program has none, and is sent in chunks.
 */
function announcedLength({ headers, body }: Request): number | undefined {
  const length = headers.get('content-length') ?? ''
  return body !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined
}

function requestHeaders(
  { headers }: Request,
  { host }: URL,
  length: number | undefined,
): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = { host }
  for (const [name, value] of headers) {
    if (!OF_A_CONNECTION.has(name)) sent[name] = value
  }
  if (length === undefined) delete sent['content-length']
  return { ...sent, connection: 'close' }
}

/** Statuses whose answers have no body. Source: the Fetch standard, "null body status". */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

function toResponse({ method }: Request, answer: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!OF_A_CONNECTION.has(name.toLowerCase())) headers.append(name, rawHeaders[at + 1] ?? '')
  }
  const isWithoutBody = method === 'HEAD' || WITHOUT_BODY.has(status)
  if (isWithoutBody) answer.resume()
  const body = isWithoutBody ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>)
  return new Response(body, { status, statusText, headers })
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The call was aborted', { cause: reason })
}
