import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Host } from '../hosts/host.ts'
import { requestHeaders, takeHeaders } from './headers.ts'
import { ProxyRefusal, staleAudience } from './refusal.ts'

export interface ForwarderOptions {
  /** Names this entryway in `Via`. */
  readonly pseudonym: string
  /** Milliseconds until a connection to a host must be there. */
  readonly connectTimeout: number
  /** Milliseconds that a host may neither send nor take anything. */
  readonly idleTimeout: number
}

/** A call, and where it goes. */
export interface ForwardedCall {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly host: Host
  /** Path and query string at the host. */
  readonly path: string
  /** The address that the call comes from. */
  readonly address: string | undefined
  /** True if the host is to learn the credentials; it may say then that it does not know their account. */
  readonly isAuthorized: boolean
}

/** Sends calls on. Keeps connections to hosts. */
export interface Forwarder {
  /**
   * Resolves when the answer is over, or one of both ends has gone.
   *
   * @throws {ProxyRefusal} as long as nothing has been answered.
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
        // The end of half an answer must look like that.
        if (res.headersSent) res.destroy()
        else if (!res.destroyed) throw refusalOf(cause, call.host)
      } finally {
        if (!req.complete) {
          upstream.destroy()
          // The rest of a body that nobody takes would hold up the next call of the connection.
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

/** Sends the body as fast as the host takes it. A host may answer before it has all of it. */
function answerTo(upstream: ClientRequest, req: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once('response', resolve)
    // Also when nobody waits any more.
    upstream.on('error', reject)
    upstream.once('close', () => reject(new Error('The connection was closed')))
    if (hasBody(req)) req.pipe(upstream)
    else upstream.end()
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined
}

/** True if a host has closed a connection that was kept, at the moment of its next call. What changes nothing is asked again. */
function isLostConnection(error: unknown, upstream: ClientRequest, req: IncomingMessage): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' && upstream.reusedSocket && req.method !== 'POST' && !hasBody(req)
}

async function pass(answer: IncomingMessage, { res, isAuthorized }: ForwardedCall): Promise<void> {
  const { statusCode: status = 502 } = answer
  const refusal =
    isAuthorized && status === 403 && isSmall(answer) ? await buffer(answer) : undefined
  if (refusal !== undefined && isUnknownAccount(refusal)) throw staleAudience()
  takeHeaders(answer, res)
  res.writeHead(status)
  if (refusal !== undefined) {
    res.end(refusal)
  } else if (answer.complete) {
    // All of it has come with the head, as most answers do: a pipeline would cost more than the rest of the call.
    res.end(answer.read() ?? undefined)
    answer.resume()
  } else {
    if (answer.readableLength === 0) res.flushHeaders()
    await pipeline(answer, res)
  }
}

/** In bytes: more than any error has. */
const SMALL = 4096

function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length']) <= SMALL && headers['content-encoding'] === undefined
}

/** The PDS does not have the account, or not any more. */
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
