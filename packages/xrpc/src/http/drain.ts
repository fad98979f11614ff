import type { Server as HttpServer, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Server as XrpcServer } from '@atproto/xrpc-server'
import { dismissSubscribers, terminateSubscribers } from './subscribers.ts'

/** How often connections that have become idle are looked for, in milliseconds. */
const SWEEP_INTERVAL = 20

/** The open connections of a server. */
export function trackConnections(http: HttpServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  http.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/**
 * Stops a server without dropping a call: accepts no more connections, closes idle ones, tells subscribers to go, and
 * finishes the calls under way. Answers to requests that still come say `Connection: close`.
 *
 * @param sockets the server's connections, from {@link trackConnections}
 * @param deadline in milliseconds; what is left then is cut off
 * @returns how many connections were cut off
 */
export async function drain(
  http: HttpServer,
  xrpc: XrpcServer,
  sockets: ReadonlySet<Socket>,
  deadline: number,
): Promise<number> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  dismissSubscribers(xrpc)
  http.prependListener('request', (_: unknown, res: ServerResponse) => {
    res.shouldKeepAlive = false
  })

  // A connection is idle as soon as its call is answered; one that is kept alive would hold up the end. Node counts a
  // connection as busy until its first request has been answered. Between two sweeps it reads what has arrived.
  const silent = new Set<Socket>()
  const sweep = setInterval(() => {
    http.closeIdleConnections()
    for (const socket of sockets) {
      if (socket.bytesRead > 0) continue
      if (silent.has(socket)) socket.destroy()
      else silent.add(socket)
    }
  }, SWEEP_INTERVAL)
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
