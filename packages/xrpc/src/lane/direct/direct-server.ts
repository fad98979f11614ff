import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import {
  Server as HttpServer,
  type IncomingMessage,
  maxHeaderSize,
  type ServerOptions,
  ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Params } from '@atproto/xrpc-server'
import type { Exchange, Watch } from '../exchange.ts'
import type { Lane } from '../listener.ts'
import type { PreparedRoute } from '../prepared-route.ts'
import { answeredMessages, lostMessages, type Messages } from './detached-messages.ts'
import {
  DirectConnection,
  type DirectHost,
  type NodeEvent,
  type NodeListeners,
} from './direct-connection.ts'
import type { DirectExchange } from './direct-exchange.ts'
import { MAX_HEADERS } from './plain-head.ts'

/** How often connections that only wait are looked at, in milliseconds. */
const LOOK_INTERVAL = 1_000

/** Where those listen who want to see every request that Node reads. */
const started = channel('http.server.request.start')
const created = channel('http.server.response.created')
const finished = channel('http.server.response.finish')

/** Where those write who want to change every response. */
const { writeHead, write, end } = ServerResponse.prototype

type ConnectionListener = (this: HttpServer, socket: Socket) => void

/** Requests that a socket made before Node was given it. */
const earlier: unique symbol = Symbol('earlier requests')

type CountedSocket = Socket & { [earlier]?: number }

/**
 * Node's HTTP server, with a shorter way for requests that are plain: nothing is made for them that nobody looks at.
 * Everything else goes as it always does, through the listener that Node itself has for connections.
 */
export class DirectServer extends HttpServer implements DirectHost {
  readonly watch: Watch
  readonly maxHeaderSize: number
  readonly #lane: Lane
  readonly #connections = new Set<DirectConnection>()
  readonly #node: ConnectionListener
  readonly #response: ServerResponse
  /** The timer of all connections is nothing to the async context of the one that starts it. */
  readonly #outside = AsyncLocalStorage.snapshot()
  #isReplaced = false
  #looking: NodeJS.Timeout | undefined
  /** Those whose request did not come back from who replaced the listener for it. It must not be served twice. */
  readonly #lost = new WeakSet<Socket>()
  /** Connections that Node has, and that had said nothing by then. */
  readonly #silent = new Set<Socket>()
  #awaited: ((...messages: Messages) => void) | undefined
  #headers: LastHeaders | undefined

  constructor(settings: ServerOptions, lane: Lane, watch: Watch) {
    const { IncomingMessage, ServerResponse } = lane
    super({ ...settings, IncomingMessage, ServerResponse })
    this.#lane = lane
    this.#response = lane.ServerResponse.prototype
    this.watch = watch
    this.maxHeaderSize = settings.maxHeaderSize ?? maxHeaderSize
    this.on('request', this.#onRequest)
    const [node] = this.listeners('connection')
    this.#node = node as ConnectionListener
    this.off('connection', this.#node)
    this.on('connection', this.#onConnection)
    this.on('removeListener', (_, listener) => {
      if (listener === this.#onRequest) this.#isReplaced = true
    })
  }

  /** Everything that wants to see the requests of a server has to find them where Node puts them. */
  get isOpen(): boolean {
    return (
      this.emit === EventEmitter.prototype.emit &&
      !this.#isReplaced &&
      this.listenerCount('request') === 1 &&
      this.listenerCount('clientError') === 0 &&
      this.timeout === 0 &&
      this.keepAliveTimeout > 0 &&
      (this.maxHeadersCount || MAX_HEADERS) >= MAX_HEADERS &&
      !started.hasSubscribers &&
      !created.hasSubscribers &&
      !finished.hasSubscribers &&
      this.#response.writeHead === writeHead &&
      this.#response.write === write &&
      this.#response.end === end
    )
  }

  get writesPlainJson(): boolean {
    return this.#lane.writesPlainJson
  }

  get maxRequests(): number {
    return this.maxRequestsPerSocket || Number.POSITIVE_INFINITY
  }

  find(path: string): PreparedRoute | undefined {
    return this.#lane.find(path)
  }

  serve(route: PreparedRoute, decoded: Params, exchange: Exchange): void {
    this.#lane.serve({ route, decoded, exchange })
  }

  lastHeaders(closes: boolean): string {
    const second = Math.floor(Date.now() / 1000)
    const { keepAliveTimeout, maxRequestsPerSocket } = this
    if (this.#headers?.second !== second || this.#headers.keepAliveTimeout !== keepAliveTimeout) {
      const date = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
      const max = maxRequestsPerSocket ? `, max=${maxRequestsPerSocket}` : ''
      const timeout = `timeout=${Math.floor(keepAliveTimeout / 1000)}${max}`
      this.#headers = {
        second,
        keepAliveTimeout,
        keeping: `${date}Connection: keep-alive\r\nKeep-Alive: ${timeout}\r\n`,
        closing: `${date}Connection: close\r\n`,
      }
    }
    return closes ? this.#headers.closing : this.#headers.keeping
  }

  adopt(socket: CountedSocket, requests: number): NodeListeners {
    if (requests > 0) socket[earlier] = requests
    if (socket.bytesRead === 0) {
      this.#silent.add(socket)
      socket.once('close', () => this.#silent.delete(socket))
    }
    const events: readonly NodeEvent[] = ['data', 'end', 'close', 'error', 'timeout']
    const before = new Set<unknown>(events.flatMap((event) => socket.rawListeners(event)))
    this.#node.call(this, socket)
    return (event, ...args) => {
      for (const listener of socket.rawListeners(event)) {
        if (!before.has(listener)) listener.apply(socket, args)
      }
    }
  }

  expire(socket: Socket): void {
    if (!this.emit('timeout', socket)) socket.destroy()
  }

  messagesOf(nsid: string, socket: Socket, read: () => void): Exchange {
    let made: Messages | undefined
    this.#awaited = (...messages) => {
      made = messages
    }
    try {
      read()
    } finally {
      this.#awaited = undefined
    }
    // Whoever has replaced the listener for requests may keep one back.
    if (!made) {
      this.#lost.add(socket)
      socket.destroy()
    }
    return this.#lane.exchangeOf(nsid, ...(made ?? lostMessages(this.#lane, socket)))
  }

  recall({ nsid, head }: DirectExchange, socket: Socket): Exchange {
    return this.#lane.exchangeOf(nsid, ...answeredMessages(this.#lane, head, socket))
  }

  forget(connection: DirectConnection): void {
    this.#connections.delete(connection)
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections()
    for (const { isIdle, socket } of this.#connections) {
      if (isIdle) socket.destroy()
    }
    // To Node, those that have not said anything yet are at work.
    for (const socket of this.#silent) {
      if (socket.bytesRead === 0) socket.destroy()
    }
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    for (const { socket } of this.#connections) socket.destroy()
  }

  readonly #onConnection = (socket: Socket): void => {
    if (!this.isOpen) {
      this.#node(socket)
      return
    }
    this.#connections.add(new DirectConnection(this, socket))
    this.#looking ??= this.#outside(() => setInterval(() => this.#look(), LOOK_INTERVAL).unref())
  }

  readonly #onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    if (this.#lost.has(req.socket) || this.#isOneTooMany(req, res)) return
    if (this.#awaited) {
      this.#awaited(req, res)
      this.#awaited = undefined
    } else {
      this.#lane.listener(req, res)
    }
  }

  /** Node does not know of the requests that it has not read; this is what it does with one too many. */
  #isOneTooMany(req: IncomingMessage, res: ServerResponse): boolean {
    const socket: CountedSocket = req.socket
    const before = socket[earlier]
    if (before === undefined) return false
    socket[earlier] = before + 1
    if (before + 1 >= this.maxRequests) res.shouldKeepAlive = false
    if (before < this.maxRequests) return false
    this.emit('dropRequest', req, socket)
    res.writeHead(503).end()
    return true
  }

  #look(): void {
    const { keepAliveTimeout } = this
    const allowed =
      keepAliveTimeout > 0
        ? Math.ceil(keepAliveTimeout / LOOK_INTERVAL) + 2
        : Number.POSITIVE_INFINITY
    for (const connection of this.#connections) connection.look(allowed)
    if (this.#connections.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }
}

interface LastHeaders {
  readonly second: number
  readonly keepAliveTimeout: number
  readonly keeping: string
  readonly closing: string
}
