import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../errno.ts'
import { sendError } from './json.ts'

/** The socket side of the program: it listens, hands requests on, and can stop without dropping one. */
export interface HttpServer {
  /** The port that was taken. */
  readonly port: number
  /** Requests under way. */
  readonly active: () => number
  /** Hands requests to the application from now on. Until then they are answered 503. */
  serve(application: RequestListener): void
  /**
   * Takes no more connections and waits for the requests under way.
   * @param deadline how long, in milliseconds; what is left then is cut off.
   * @returns how many requests were cut off.
   */
  drain(deadline: number): Promise<number>
}

export interface HttpServerOptions {
  readonly port: number
  readonly address: string | undefined
  /** How long a connection may stand still while it is answered, in milliseconds; 2 minutes when not given. */
  readonly stallTimeout?: number
}

/** The address is taken, or not ours. The message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** A client has this long to send its headers, so that slow ones cannot pile up. */
const HEADERS_TIMEOUT_MS = 10_000
/** And this long for the whole request. Bodies are 100 kB at most. */
const REQUEST_TIMEOUT_MS = 30_000
/** Longer than the minute for which the usual proxies keep theirs, so that the proxy closes first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000
const CHECK_INTERVAL_MS = 2_000
/** Longer than any call takes. Who does not take the answer by then does not keep it in memory any longer. */
const STALL_TIMEOUT_MS = 120_000

/**
 * Starts to listen.
 *
 * @throws {ListenError}
 */
export async function listen({
  port,
  address,
  stallTimeout = STALL_TIMEOUT_MS,
}: HttpServerOptions): Promise<HttpServer> {
  let application: RequestListener = starting
  let active = 0
  let draining = false

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    (req, res) => {
      active += 1
      res.once('close', () => {
        active -= 1
        // A connection that answered its last request has no reason to stay; it counts as idle in a moment.
        if (draining) setImmediate(() => server.closeIdleConnections())
      })
      if (draining) res.setHeader('Connection', 'close')
      application(req, res)
    },
  )
  server.setTimeout(stallTimeout)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  /** Closes what nobody waits on. For Node a connection is not idle before its first request. */
  const closeIdle = () => {
    server.closeIdleConnections()
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }
  await bind(server, port, address)

  return {
    port: (server.address() as AddressInfo).port,
    active: () => active,
    serve: (next) => {
      application = next
    },
    drain: async (deadline) => {
      draining = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      closeIdle()
      const expired = new AbortController()
      const inTime = await Promise.race([
        closed.then(() => true),
        delay(deadline, false, { signal: expired.signal }).catch(() => true),
      ])
      expired.abort()
      const cutOff = inTime ? 0 : active
      server.closeAllConnections()
      await closed
      return cutOff
    },
  }
}

function bind(server: Server, port: number, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ListenError(explain(cause, port, address), { cause })),
    )
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function explain(cause: Error, port: number, address: string | undefined): string {
  if (isErrno(cause, 'EADDRINUSE')) {
    return `Port ${port} is in use by another program. Stop it, or choose another port: PDS_PORT=${port + 1}`
  }
  if (isErrno(cause, 'EACCES')) {
    return `Port ${port} may not be used by this user. Choose one above 1023 with PDS_PORT.`
  }
  if (isErrno(cause, 'EADDRNOTAVAIL')) {
    return `${address} is no address of this machine. Set PDS_LISTEN_ADDRESS to one that is, or leave it out.`
  }
  return `Port ${port} cannot be listened on: ${cause.message}`
}

/** While the database is opened and migrated. */
const starting: RequestListener = (_req, res) => {
  res.setHeader('Retry-After', '1')
  sendError(res, 503, 'ServiceUnavailable', 'The service is starting')
}
