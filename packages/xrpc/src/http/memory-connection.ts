import type { Server as HttpServer } from 'node:http'
import { Duplex } from 'node:stream'

/** The caller as the server is to see it. */
export interface Peer {
  /** The address of the client; unknown when not given. */
  readonly remoteAddress?: string | undefined
  /** True if the client is to be seen as one that came over TLS. */
  readonly encrypted?: boolean
}

/**
 * Opens a connection to a server that need not listen.
 *
 * @returns the client's end, for `createConnection` of Node's HTTP client
 */
export function connectInMemory(http: HttpServer, peer: Peer = {}): Duplex {
  const client = new MemorySocket()
  const server = new MemorySocket()
  client.connect(server)
  server.connect(client)
  Object.assign(server, peer)
  // A client that goes is noticed at once. What a server wrote before it went is still to be read.
  client.once('close', () => server.destroy())
  server.once('close', () => client.endReading())
  http.emit('connection', server)
  return client
}

/** One end of a connection in memory: what it writes, the other end reads. */
class MemorySocket extends Duplex {
  #peer: MemorySocket | undefined
  #isAtEnd = false
  /** Of the chunk that was handed over last; called when more of them are wanted. */
  #onRead: (() => void) | undefined

  connect(peer: MemorySocket): void {
    this.#peer = peer
  }

  /** Whatever the other end still writes goes nowhere. */
  endReading(): void {
    if (this.#isAtEnd) return
    this.#isAtEnd = true
    if (!this.destroyed) this.push(null)
    this._read()
  }

  override _read(): void {
    const onRead = this.#onRead
    this.#onRead = undefined
    onRead?.()
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    if (this.#peer?.accept(chunk, done) !== true) done()
  }

  override _final(done: () => void): void {
    this.#peer?.endReading()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this._read()
    done(error)
  }

  accept(chunk: Buffer, onRead: () => void): boolean {
    if (this.#isAtEnd || this.destroyed) return false
    this.#onRead = onRead
    this.push(chunk)
    return true
  }

  // What Node, Express and handlers ask of a socket beyond what a stream has.
  setTimeout(): void {}
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}
}
