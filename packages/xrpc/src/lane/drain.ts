import type { Server as HttpServer } from 'node:http'
import type { Server as XrpcServer } from '@atproto/xrpc-server'
import { dismissSubscribers, terminateSubscribers } from './subscribers.ts'

/** How often connections that have become idle are looked for, in milliseconds. */
const SWEEP_INTERVAL = 20

/**
 * Stops a server without dropping a call: no more connections, idle ones are closed, subscriptions are told to go,
 * calls under way are finished.
 *
 * @param deadline in milliseconds; what is left then is cut off
 * @returns how many connections were cut off
 */
export async function drain(http: HttpServer, xrpc: XrpcServer, deadline: number): Promise<number> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  dismissSubscribers(xrpc)

  // A connection is idle as soon as its call is answered; one that is kept alive would hold up the end.
  const sweep = setInterval(() => http.closeIdleConnections(), SWEEP_INTERVAL)
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
