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

/** Facts of a call that its `Request` does not carry. */
export interface FetchContext {
  /** The address of the client, which rate limits count by; unknown when not given. */
  readonly remoteAddress?: string | undefined
}

/**
 * Serves one call. Rejects when there is no answer to give: with the reason of `request.signal`, with what the body of
 * the request failed with, or because the server broke off the connection.
 */
export type FetchHandler = (request: Request, context?: FetchContext) => Promise<Response>

/**
 * Serves a `Request` as the server serves a connection: it is sent over one in memory, by Node's HTTP client to Node's
 * HTTP parser, so that nothing of what a network does has to be imitated.
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
      // Limits the answer's headers, which our own handlers write.
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
      // Has no effect once there is an answer: the rest of the body is not needed then.
      sent.on('error', reject)
      sent.once('response', (message) => {
        received = message
        resolve(message)
      })
      const failed = (error: unknown): void => {
        // Of what happens after the end of the connection, the end is the cause.
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
  /** Told of a body that cannot be delivered, before the connection is. */
  readonly failed: (error: unknown) => void
}

/** Sends the body. The server may stop reading it as soon as it has answered. */
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

/** Bytes beyond the announced length of a body would be taken for the next request. */
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

/** Path and query, with a question mark that nothing follows. */
function targetOf({ href, origin }: URL): string {
  const [target = ''] = href.slice(origin.length).split('#', 1)
  return target
}

/** Headers that apply to one connection, and are not passed on. Source: RFC 9110, section 7.6.1. */
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

/** As hosts pass it on from the network; a `Request` that a program makes has none, and is sent in chunks. */
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

/** Of answers that have no body, not even an empty one. Source: the Fetch standard, "null body status". */
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
