import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Server as XrpcServer } from '@atproto/xrpc-server'
import { dismissSubscribers, terminateSubscribers } from './subscribers.ts'

/**
 * How long a connection is kept after an answer that did not say `Connection: close`, and read after one that did, in
 * milliseconds: longer than a round trip, so that what its client has sent already arrives.
 */
const GRACE = 250

/** How often connections that have become idle are looked for, in milliseconds. */
const SWEEP_INTERVAL = 20

/** The open connections of a server. */
export interface Connections {
  readonly open: ReadonlySet<Socket>
  /** The answer to the latest request of each. */
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
  /** In milliseconds; what is left then is cut off. */
  readonly deadline: number
}

/**
 * Stops a server without dropping a call: accepts no more connections, tells subscribers to go, and finishes the calls
 * under way. Answers say `Connection: close` from now on. A connection whose last answer did not is closed as soon as no
 * call comes for a moment, since its client may have sent the next one.
 *
 * @returns how many connections were cut off
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

  const closeIdle = (): void => {
    if (performance.now() - keptAt < GRACE) return
    http.closeIdleConnections()
    // Node counts a connection as busy until its first request has been answered.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  // Node reads what has arrived between a timer and an immediate.
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

/** Resolves when the last connection is closed. Leaves idle ones open, which `close()` of an HTTP server would not. */
async function stopListening(http: HttpServer): Promise<void> {
  const { closeIdleConnections } = http
  http.closeIdleConnections = () => {}
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeIdleConnections = closeIdleConnections
  await closed
}

/**
 * Reads a connection that is being closed until its client has gone. The kernel resets a connection when bytes arrive
 * after it was closed, and the client may lose the answer by that.
 */
function linger(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), GRACE)
    socket.once('close', () => clearTimeout(timer))
  }
}
