import { AsyncResource } from 'node:async_hooks'
import { Buffer } from 'node:buffer'
import { Socket } from 'node:net'
import type { Params } from '@atproto/xrpc-server'
import { JSON_TYPE } from '../answer.ts'
import type { Exchange, Watch } from '../exchange.ts'
import type { PreparedRoute } from '../prepared-route.ts'
import { DirectExchange, type DirectSource } from './direct-exchange.ts'
import { MAX_HEAD, type PlainHead, type PlainHeaders, readPlainHead } from './plain-head.ts'

/** Bytes of a body that are waited for here; a larger one is for Node to read. */
const MAX_BODY = 65_536

/** Pieces that a request may come in. */
const MAX_PIECES = 16

/** Bytes of a request whose headers are remembered. Many connections may be idle, and each remembers. */
const MAX_REMEMBERED = 2_048

/** The server of a connection. */
export interface DirectHost {
  /** Whether requests may be served without messages now. */
  readonly isOpen: boolean
  /** Whether JSON is written as JavaScript writes it. */
  readonly writesPlainJson: boolean
  /** How many requests a connection may make. */
  readonly maxRequests: number
  /** Bytes of a head. */
  readonly maxHeaderSize: number
  find(path: string): PreparedRoute | undefined
  serve(route: PreparedRoute, decoded: Params, exchange: Exchange): void
  /** The headers that end every answer, from the date on, with the empty line. */
  lastHeaders(closes: boolean): string
  /** Lets Node serve a connection from here on. */
  adopt(socket: Socket, requests: number): NodeListeners
  /** Tells who waits for it that a connection stands still; it is to be closed. */
  expire(socket: Socket): void
  /** Runs something that makes Node read a request, and takes the messages it makes of it. */
  messagesOf(nsid: string, socket: Socket, read: () => void): Exchange
  /** Messages of a request that has been answered. */
  recall(exchange: DirectExchange, socket: Socket): Exchange
  readonly watch: Watch
  forget(connection: DirectConnection): void
}

/** Tells what happens on a socket to what Node has put there, and to nothing else. */
export type NodeListeners = (event: NodeEvent, ...args: readonly unknown[]) => void

export type NodeEvent = 'data' | 'end' | 'close' | 'error' | 'timeout'

/**
 * A connection whose requests are plain so far. A request comes in one or a few pieces, and its answer goes out in
 * one. Whatever else happens is for Node: it is given the connection, with what has been read and is not yet answered,
 * and does not give it back.
 */
export class DirectConnection implements DirectSource {
  readonly socket: Socket
  readonly #host: DirectHost
  /** Where the connection came from is where its calls are made, as those of Node: not where the last one left off. */
  readonly #scope = new AsyncResource('LexwrightConnection')
  /** Of a request that is not complete, or not answered. */
  #bytes: Buffer | undefined
  #pieces = 0
  /** Of an earlier request: mostly they are the same. */
  #route: PreparedRoute | undefined
  #headers: PlainHeaders | undefined
  /** Of the call under way. */
  #exchange: DirectExchange | undefined
  #requests = 0
  /** How often the server has looked since something came or went. */
  #looks = 0
  /** Answers that are waited for until they are taken. */
  #waiting = 0
  /** Once Node has the connection. */
  #node: NodeListeners | undefined

  constructor(host: DirectHost, socket: Socket) {
    this.#host = host
    this.socket = socket
    socket.on('data', this.#onData)
    if (socket instanceof Socket) socket.push = this.#onPush
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
    socket.on('error', this.#onError)
    socket.on('timeout', this.#onTimeout)
  }

  get writesPlainJson(): boolean {
    return this.#host.writesPlainJson
  }

  /**
   * Whether there is neither a request nor an answer under way. The first request of a connection may well be: nobody
   * opens one for nothing.
   */
  get isIdle(): boolean {
    const isNew = this.#requests === 0 && this.#looks === 0
    return !isNew && this.#bytes === undefined && this.socket.writableLength === 0
  }

  /** Called now and then, to end what only waits. */
  look(allowed: number): void {
    // A call takes its time, and how long an answer may take to be taken is for its own timer to say.
    if (this.#exchange || this.socket.writableLength > 0) return
    this.#looks++
    if (this.#looks < 2) return
    // Node knows how long a request may take to come.
    if (this.#bytes || this.#requests === 0) this.#giveUp()
    else if (this.#looks === allowed) this.#onTimeout()
  }

  /**
   * What a socket reads, it pushes: this takes it without what a stream does to keep it for somebody who is not there
   * yet. Should sockets read in another way one day, it comes as `data`.
   */
  readonly #onPush = (piece: Buffer | null): boolean => {
    const { socket } = this
    if (piece === null || !socket.readableFlowing || socket.listenerCount('data') > 1) {
      // It is at its end, or others have a hand on it.
      this.#stopTaking()
      return socket.push(piece)
    }
    this.#onData(piece)
    return true
  }

  /** Not deleted: that makes an object slow for everybody. */
  #stopTaking(): void {
    const { socket } = this
    if (socket.push === this.#onPush) socket.push = Socket.prototype.push
  }

  readonly #onData = (piece: Buffer): void => {
    this.#scope.runInAsyncScope(this.#take, this, piece)
  }

  #take(piece: Buffer): void {
    if (this.socket.writableEnded) {
      // The last answer has been given, and nothing is served any more. Who sends on is to take it all the same.
      if (this.socket.writableLength > 0 && ++this.#pieces > MAX_PIECES) this.socket.destroy()
    } else if (this.#exchange) {
      // The client goes on before it has its answer: from here on, answers have to wait for each other.
      this.#giveUp()('data', piece)
    } else if (this.#bytes) {
      this.#pieces++
      this.#read(Buffer.concat([this.#bytes, piece]))
    } else if (!isEmptyLine(piece)) {
      this.#looks = 0
      this.#pieces = 1
      this.#read(piece)
    }
  }

  #read(bytes: Buffer): void {
    this.#bytes = bytes
    const text = bytes.toString('latin1', 0, MAX_HEAD)
    const head = readPlainHead(text, this.#headers)
    const route = head && this.#routeOf(head.path)
    if (!route || !this.#isServed(route, head)) {
      this.#giveUp()
      return
    }
    const missing = head.end + (head.headers.length ?? 0) - bytes.length
    if (missing > 0 && this.#pieces < MAX_PIECES) return
    const decoded = missing === 0 ? route.readParams(head.search) : undefined
    if (!decoded) {
      this.#giveUp()
      return
    }
    if (bytes.length <= MAX_REMEMBERED) this.#headers = head.headers
    const body = route.takesBody ? bytes.subarray(head.end) : undefined
    const exchange = new DirectExchange(route.nsid, head, body, this)
    this.#exchange = exchange
    try {
      this.#host.serve(route, decoded, exchange)
    } finally {
      exchange.start()
    }
  }

  #routeOf(path: string): PreparedRoute | undefined {
    if (path !== this.#route?.path) this.#route = this.#host.find(path)
    return this.#route
  }

  #isServed(route: PreparedRoute, { method, headers, end }: PlainHead): boolean {
    return (
      method === route.verb &&
      // A verifier and a limiter want to see the request.
      route.authenticate === null &&
      route.limiter === undefined &&
      isBodyPlain(route, headers) &&
      // An answer that waits for the one before it is for Node to write.
      this.socket.writableLength === 0 &&
      end <= this.#host.maxHeaderSize &&
      this.#host.isOpen
    )
  }

  handOver(exchange: DirectExchange): Exchange {
    if (exchange !== this.#exchange) throw new TypeError('This call has the connection no more')
    return this.#host.messagesOf(exchange.nsid, this.socket, () => this.#adopt())
  }

  recall(exchange: DirectExchange): Exchange {
    return this.#host.recall(exchange, this.socket)
  }

  write(json: string | undefined, exchange: DirectExchange): void {
    if (exchange !== this.#exchange) throw new TypeError('This call has the connection no more')
    const { socket } = this
    this.#requests++
    this.#bytes = undefined
    this.#exchange = undefined
    this.#looks = 0
    const closes = exchange.head.headers.closes || this.#requests >= this.#host.maxRequests
    const last = this.#host.lastHeaders(closes)
    if (json === undefined) {
      socket.write(`HTTP/1.1 200 OK\r\n${last}Content-Length: 0\r\n\r\n`, 'latin1')
    } else {
      const length = Buffer.byteLength(json)
      const text = `${JSON_HEAD}${length}\r\n${last}\r\n${json}`
      socket.write(text, length === json.length ? 'latin1' : 'utf8')
    }
    const isTaken = socket.writableLength === 0 && !socket.destroyed && !socket.errored
    if (!isTaken) this.#wait(exchange)
    if (closes) socket.end(() => socket.destroy())
    // The last thing of all, since it may run anything.
    if (isTaken) exchange.end(200)
  }

  /** For the client to take an answer, as long as it takes something of it. */
  #wait(exchange: DirectExchange): void {
    const { socket } = this
    this.#host.watch(socket)
    this.#waiting++
    socket.write('', (error) => {
      this.#looks = 0
      this.#waiting--
      // The timer may be that of the next answer, or Node's.
      if (this.#waiting === 0 && !this.#node) socket.setTimeout?.(0)
      exchange.end(error ? 'aborted' : 200)
    })
  }

  /** An answer is not taken, there is no next request, or somebody has set a timer. */
  readonly #onTimeout = (): void => {
    if (this.#exchange) this.#giveUp()('timeout')
    else this.#scope.runInAsyncScope(() => this.#host.expire(this.socket))
  }

  readonly #onEnd = (): void => {
    if (this.#bytes) this.#giveUp()('end')
    else this.socket.end()
  }

  readonly #onClose = (): void => {
    if (this.#bytes) this.#giveUp()('close')
    else this.#host.forget(this)
  }

  /** What is wrong with a socket also closes it. There may be somebody who wants to know. */
  readonly #onError = (error: Error): void => {
    if (!this.#host.isOpen) this.#giveUp()('error', error)
  }

  /** Gives Node the connection, with the request that is under way. */
  #giveUp(): NodeListeners {
    if (this.#exchange) this.#exchange.toMessages()
    else this.#adopt()
    return this.#node ?? ignore
  }

  #adopt(): void {
    if (this.#node) return
    const { socket } = this
    this.#stopTaking()
    // Its timer is Node's from here on, and Node knows of no answer.
    if (this.#waiting > 0) socket.setTimeout?.(0)
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    socket.off('error', this.#onError)
    socket.off('timeout', this.#onTimeout)
    this.#host.forget(this)
    this.#scope.runInAsyncScope(() => {
      this.#node = this.#host.adopt(socket, this.#requests)
      if (this.#bytes) this.#node('data', this.#bytes)
    })
  }
}

function isBodyPlain(route: PreparedRoute, { length, isJson }: PlainHeaders): boolean {
  if (!route.takesBody) return length === undefined
  return (
    isJson && length !== undefined && length > 0 && length <= Math.min(route.jsonLimit, MAX_BODY)
  )
}

/** Of an answer that has a body. */
const JSON_HEAD = `HTTP/1.1 200 OK\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: `

/** What some clients send after a body; it is to be ignored before a request. Source: RFC 9112, section 2.2 */
function isEmptyLine(bytes: Buffer): boolean {
  return bytes.length === 2 && bytes[0] === 0x0d && bytes[1] === 0x0a
}

function ignore(): void {}
