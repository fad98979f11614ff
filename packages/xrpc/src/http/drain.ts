import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Server as XrpcServer } from '@atproto/xrpc-server'
import { dismissSubscribers, terminateSubscribers } from './subscribers.ts'

/**
 * Milliseconds that a connection stays open after an answer without `Connection: close`, and is read after one with
 * it: longer than a round trip, so that requests already sent arrive.
 */
const GRACE = 250

/** Milliseconds between checks for idle connections. */
const SWEEP_INTERVAL = 20

/** The open connections of a server. */
export interface Connections {
  readonly open: ReadonlySet<Socket>
  /** The latest answer on each connection. */
  readonly answers: WeakMap<Socket, ServerResponse>
}

/** The open connections of a server. */
export function trackConnections(http: HttpServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  http.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

export interface DrainOptions {
  readonly http: HttpServer
  readonly xrpc: XrpcServer
  readonly connections: Connections
  /** In milliseconds; open connections are cut off then. */
  readonly deadline: number
}

/**
 * Stops a server without dropping a call: accepts no new connections, dismisses subscribers, and finishes the calls
 * under way. From now on, answers say `Connection: close`. A connection whose last answer did not is closed after a
 * short grace period without a call, since its client may already have sent the next one.
 *
 * @returns the number of connections cut off
 */
export async function drain({
  http,
  xrpc,
  connections: { open, answers },
  deadline,
}: DrainOptions): Promise<number> {
  const closed = stopListening(http)
  dismissSubscribers(xrpc)
  let keptAt = performance.now()
  const announce = (socket: Socket, res: ServerResponse): void => {
    if (res.headersSent) {
      res.once('close', () => {
        keptAt = performance.now()
      })
    } else {
      res.shouldKeepAlive = false
      linger(socket)
    }
  }
  for (const socket of open) {
    const latest = answers.get(socket)
    if (latest?.writableFinished === false) announce(socket, latest)
  }
  http.prependListener('request', ({ socket }: IncomingMessage, res: ServerResponse) => {
    announce(socket, res)
  })

  // A client may upgrade a connection that it already had.
  http.on('upgrade', () => dismissSubscribers(xrpc))

  const closeIdle = (): void => {
    if (performance.now() - keptAt < GRACE) return
    http.closeIdleConnections()
    // Node counts a connection as busy until its first request is answered.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  // Node reads arrived data between timers and immediates.
  const sweep = setInterval(() => setImmediate(closeIdle), SWEEP_INTERVAL)
  let cutOff = 0
  const timer = setTimeout(() => {
    http.getConnections((_, connections) => {
      cutOff = connections
      terminateSubscribers(xrpc)
      http.closeAllConnections()
    })
  }, deadline)

  await closed
  clearInterval(sweep)
  clearTimeout(timer)
  return cutOff
}

/** Resolves when the last connection is closed. Keeps idle ones open, unlike `close()` of an HTTP server. */
async function stopListening(http: HttpServer): Promise<void> {
  const { closeIdleConnections } = http
  http.closeIdleConnections = () => {}
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeIdleConnections = closeIdleConnections
  await closed
}

/**
 * Reads a closing connection until its client has gone. If bytes arrive after a close, the kernel resets the
 * connection, and the client may lose the answer.
 */
function linger(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), GRACE)
    socket.once('close', () => clearTimeout(timer))
  }
}
