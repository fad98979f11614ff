import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Host } from '../hosts/host.ts'
import { copyHeaders, requestHeaders } from './headers.ts'
import { ProxyRefusal, staleAudience } from './refusal.ts'

export interface ForwarderOptions {
  /** The name of this entryway in `Via`. */
  readonly pseudonym: string
  /** Timeout for connecting to a host, in milliseconds. */
  readonly connectTimeout: number
  /** How long a host may neither send nor accept data, in milliseconds. */
  readonly idleTimeout: number
}

/** A call and its destination. */
export interface ForwardedCall {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly host: Host
  /** Path and query string at the host. */
  readonly path: string
  /** The client address. */
  readonly address: string | undefined
  /**
   * True to send the credentials to the host, which may then answer that it does not have their
   * account.
   */
  readonly isAuthorized: boolean
}

/** Forwards calls over reused connections to hosts. */
export interface Forwarder {
  /**
   * Resolves when the answer is complete, or the client or the host has disconnected.
   *
   * @throws {ProxyRefusal} on failure before anything was answered.
   */
  forward(call: ForwardedCall): Promise<void>
  /** Closes the connections to hosts. */
  close(): void
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const settings = { keepAlive: true, scheduling: 'lifo', noDelay: true } as const
  const plain = new http.Agent(settings)
  const secure = new https.Agent(settings)

  const open = ({ req, host, path, ...call }: ForwardedCall): ClientRequest => {
    const isSecure = host.url.startsWith('https:')
    const upstream = (isSecure ? https : http).request(host.url, {
      agent: isSecure ? secure : plain,
      path,
      method: req.method,
      headers: requestHeaders(req, { ...options, ...call }),
      timeout: options.idleTimeout,
    })
    upstream.once('timeout', () => upstream.destroy(new HostTimeout()))
    limitConnecting(upstream, options.connectTimeout)
    return upstream
  }

  return {
    forward: async (call) => {
      const { req, res } = call
      let upstream = open(call)
      const leave = (): void => {
        if (!res.writableFinished || !req.complete) upstream.destroy()
      }
      res.once('close', leave)
      try {
        const answer = await answerTo(upstream, req).catch((error: unknown) => {
          if (res.destroyed || !isLostConnection(error, upstream, req)) throw error
          upstream = open(call)
          return answerTo(upstream, req)
        })
        await pass(answer, call)
      } catch (cause) {
        upstream.destroy()
        // An incomplete answer must be recognizable as such.
        if (res.headersSent) res.destroy()
        else if (!res.destroyed) throw refusalOf(cause, call.host)
      } finally {
        if (!req.complete) {
          upstream.destroy()
          // The unread rest of a body would block the next call on the connection.
          req.unpipe(upstream).resume()
        }
      }
    },
    close: () => {
      plain.destroy()
      secure.destroy()
    },
  }
}

class HostTimeout extends Error {
  override readonly name = 'HostTimeout'
}

function limitConnecting(upstream: ClientRequest, limit: number): void {
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return
    const timer = setTimeout(() => upstream.destroy(new HostTimeout()), limit)
    const stop = (): void => clearTimeout(timer)
    socket.once('connect', stop)
    socket.once('close', stop)
  })
}

/**
 * Sends the body with backpressure and returns the answer, which may come before the whole body is
 * sent.
 */
function answerTo(upstream: ClientRequest, req: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once('response', resolve)
    // Stays attached after the answer, since an unhandled error would end the process.
    upstream.on('error', reject)
    upstream.once('close', () => reject(new Error('The connection was closed')))
    if (hasBody(req)) req.pipe(upstream)
    else upstream.end()
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined
}

/**
 * True if the host closed a reused connection just as this call was sent, and the call can be
 * repeated safely.
 */
function isLostConnection(error: unknown, upstream: ClientRequest, req: IncomingMessage): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' && upstream.reusedSocket && req.method !== 'POST' && !hasBody(req)
}

async function pass(answer: IncomingMessage, { res, isAuthorized }: ForwardedCall): Promise<void> {
  const { statusCode: status = 502 } = answer
  const refusal =
    isAuthorized && status === 403 && isSmall(answer) ? await buffer(answer) : undefined
  if (refusal !== undefined && isUnknownAccount(refusal)) throw staleAudience()
  copyHeaders(answer, res)
  res.writeHead(status)
  if (refusal !== undefined) {
    res.end(refusal)
  } else if (answer.complete) {
    // Most answers arrive whole with their head; a pipeline would cost more than the rest of the call.
    res.end(answer.read() ?? undefined)
    answer.resume()
  } else {
    if (answer.readableLength === 0) res.flushHeaders()
    await pipeline(answer, res)
  }
}

/** In bytes; larger than any error. */
const SMALL = 4096

function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length']) <= SMALL && headers['content-encoding'] === undefined
}

/** True if the PDS does not have the account, or no longer has it. */
function isUnknownAccount(body: Buffer): boolean {
  try {
    return JSON.parse(body.toString()).error === 'AccountNotFound'
  } catch {
    return false
  }
}

function refusalOf(cause: unknown, { url }: Host): ProxyRefusal {
  if (cause instanceof ProxyRefusal) return cause
  return cause instanceof HostTimeout
    ? new ProxyRefusal(504, 'UpstreamTimeout', `The PDS at ${url} did not answer in time`, {
        cause,
      })
    : new ProxyRefusal(502, 'UpstreamFailure', `The PDS at ${url} did not answer`, { cause })
}
