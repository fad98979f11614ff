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

/** Limits on what one client may use. All but `maxConnections` have a default. */
export interface ConnectionLimits extends SubscriberLimits {
  /** Total bytes of the headers of a request; default 16 KiB. Above: 431. */
  readonly maxHeaderSize?: number
  /** Milliseconds for the headers to arrive; default 15 s. Above: 408. */
  readonly headersTimeout?: number
  /** Milliseconds for the whole request to arrive; default 5 min. Above: 408. */
  readonly requestTimeout?: number
  /** Milliseconds that an idle connection stays open between requests; default 5 s. */
  readonly keepAliveTimeout?: number
  /** Requests per connection; default 100,000. */
  readonly maxRequestsPerSocket?: number
  /** Simultaneous connections in total; default unlimited. Above: refused. */
  readonly maxConnections?: number
}

export interface ListenOptions extends ListenerOptions {
  /** Default 0, any free port. */
  readonly port?: number
  /** The address to listen on; default all. */
  readonly host?: string
  readonly limits?: ConnectionLimits
}

/** A running server. */
export interface RunningServer {
  readonly http: HttpServer
  readonly port: number
  /** Its URL on this machine: `http://localhost:2583`, or with the host it listens on. */
  readonly url: string
  /**
   * Stops: accepts no new connections, finishes calls under way, closes idle connections, and ends
   * subscriptions.
   *
   * @param deadline milliseconds before open connections are cut off; default 10 s
   * @returns the number of connections cut off
   */
  close(deadline?: number): Promise<number>
}

/** @throws Node's error if it cannot listen on the address */
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

/** The HTTP server of `listen`, before it listens. */
export function createHttpServer(
  xrpc: XrpcServer,
  routes: RouteTable,
  options: ListenOptions = {},
): HttpServer {
  return prepareHttpServer(xrpc, routes, options).http
}

interface PreparedServer {
  readonly http: HttpServer
  /** The latest answer on each connection. */
  readonly answers: WeakMap<Socket, ServerResponse>
}

function prepareHttpServer(
  xrpc: XrpcServer,
  routes: RouteTable,
  { limits = {}, ...options }: ListenOptions,
): PreparedServer {
  refuseInWorkers('listen(), createHttpServer(), createFetchHandler() and request()')
  const ofSubscribers = subscriberLimits(limits)
  // Every byte resets the timer, and the end of the answer stops it.
  const startStallTimer: StartStallTimer = (socket) => {
    // Node accepts any stream as a connection, and plain streams have no timer.
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
    // Nagle's algorithm would delay the second part of an answer written in two.
    noDelay: true,
    shouldUpgradeCallback: asksForWebSocket,
  }
  const answers = new WeakMap<Socket, ServerResponse>()
  const http = createServer(settings, (req, res) => {
    const { socket } = req
    // No further answer is possible after `Connection: close`. Source: RFC 9112, section 9.6.
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
  // Closes a stalled connection, unless its handler is running. Node also emits this when
  // `keepAliveTimeout` ends, and leaves closing to the listener.
  http.on('timeout', (socket) => {
    const isAtWork = answers.get(socket)?.writableFinished === false
    if (!isAtWork || socket.writableLength > 0) socket.destroy()
  })
  return { http, answers }
}
