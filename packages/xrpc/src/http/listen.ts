import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Server as XrpcServer } from '@atproto/xrpc-server'
import type { StartStallTimer } from '../server/exchange.ts'
import type { RouteTable } from '../server/route-table.ts'
import { asksForWebSocket, serveWithoutUpgrade } from './declined-upgrade.ts'
import { drain, trackConnections } from './drain.ts'
import { createLane, type ListenerOptions } from './listener.ts'
import { openSubscription, type SubscriberLimits, subscriberLimits } from './subscribers.ts'
import { refuseInWorkers } from './workers.ts'

/** Limits on what one client may cost. All but `maxConnections` have a default. */
export interface ConnectionLimits extends SubscriberLimits {
  /** Bytes of the headers of a request, all together; 16 KiB. Above: 431. */
  readonly maxHeaderSize?: number
  /** Milliseconds until the headers must be there; 15 s. Above: 408. */
  readonly headersTimeout?: number
  /** Milliseconds until the whole request must be there; 5 min. Above: 408. */
  readonly requestTimeout?: number
  /** Milliseconds that a connection is kept open between requests; 5 s. */
  readonly keepAliveTimeout?: number
  /** Requests on one connection; 100,000. */
  readonly maxRequestsPerSocket?: number
  /** Connections at once, all together; not bounded when not given. Above: refused. */
  readonly maxConnections?: number
}

export interface ListenOptions extends ListenerOptions {
  /** 0, the default, takes any that is free. */
  readonly port?: number
  /** The address to listen on; all of them when not given. */
  readonly host?: string
  readonly limits?: ConnectionLimits
}

/** A server that listens. */
export interface RunningServer {
  readonly http: HttpServer
  readonly port: number
  /** Where this machine reaches it: `http://localhost:2583`, or the host it listens on. */
  readonly url: string
  /**
   * Stops: takes no more connections, finishes what is under way, closes what is idle, and ends subscriptions.
   *
   * @param deadline how long that may take, in milliseconds; what is left then is cut off. 10 s when not given.
   * @returns how many connections were cut off
   */
  close(deadline?: number): Promise<number>
}

/** @throws what Node says of an address that cannot be listened on */
export async function listen(
  xrpc: XrpcServer,
  routes: RouteTable,
  options: ListenOptions = {},
): Promise<RunningServer> {
  const { http, answers } = prepareHttpServer(xrpc, routes, options)
  const connections = { open: trackConnections(http), answers }
  const { port = 0, host } = options
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen({ port, ...(host !== undefined && { host }) }, resolve)
  })
  const taken = (http.address() as AddressInfo).port
  return {
    http,
    port: taken,
    url: urlOf(host, taken),
    close: (deadline = 10_000) => drain({ http, xrpc, connections, deadline }),
  }
}

function urlOf(host: string | undefined, port: number): string {
  const isEvery = host === undefined || host === '' || host === '::' || host === '0.0.0.0'
  if (isEvery) return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The HTTP server of `listen`, not yet listening. */
export function createHttpServer(
  xrpc: XrpcServer,
  routes: RouteTable,
  options: ListenOptions = {},
): HttpServer {
  return prepareHttpServer(xrpc, routes, options).http
}

interface PreparedServer {
  readonly http: HttpServer
  /** The answer to the latest request of each connection. */
  readonly answers: WeakMap<Socket, ServerResponse>
}

function prepareHttpServer(
  xrpc: XrpcServer,
  routes: RouteTable,
  { limits = {}, ...options }: ListenOptions,
): PreparedServer {
  refuseInWorkers('listen(), createHttpServer(), createFetchHandler() and request()')
  const ofSubscribers = subscriberLimits(limits)
  // Node starts the clock anew with every byte, and stops it with the answer.
  const startStallTimer: StartStallTimer = (socket) => {
    // Node takes any stream for a connection, and those have no timer.
    socket.setTimeout?.(ofSubscribers.stallTimeout)
  }
  const { listener, ...messages } = createLane(xrpc, routes, { ...options, startStallTimer })
  const settings = {
    ...messages,
    maxHeaderSize: limits.maxHeaderSize ?? 16_384,
    headersTimeout: limits.headersTimeout ?? 15_000,
    requestTimeout: limits.requestTimeout ?? 300_000,
    keepAliveTimeout: limits.keepAliveTimeout ?? 5_000,
    connectionsCheckingInterval: 1_000,
    // Nagle's algorithm would hold back the end of an answer that is written in two parts.
    noDelay: true,
    shouldUpgradeCallback: asksForWebSocket,
  }
  const answers = new WeakMap<Socket, ServerResponse>()
  const http = createServer(settings, (req, res) => {
    const { socket } = req
    // After `Connection: close`, nothing could be answered. Source: RFC 9112, section 9.6.
    if (answers.get(socket)?.shouldKeepAlive === false) {
      req.resume()
      return
    }
    answers.set(socket, res)
    listener(req, res)
  })
  http.maxRequestsPerSocket = limits.maxRequestsPerSocket ?? 100_000
  if (limits.maxConnections !== undefined) http.maxConnections = limits.maxConnections
  http.on('upgrade', (req, socket, head) => {
    if (asksForWebSocket(req)) openSubscription(xrpc, ofSubscribers, { req, socket, head })
    else serveWithoutUpgrade(http, req, socket, head)
  })
  // Closes a connection that stands still, unless its handler is at work. Node emits this at the end of
  // `keepAliveTimeout` too, and leaves the connection to the listener.
  http.on('timeout', (socket) => {
    const isAtWork = answers.get(socket)?.writableFinished === false
    if (!isAtWork || socket.writableLength > 0) socket.destroy()
  })
  return { http, answers }
}
