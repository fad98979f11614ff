import type { Server as HttpServer } from 'node:http'
import { Duplex } from 'node:stream'

/** The caller as seen by the server. */
export interface Peer {
  /** The client's address; default unknown. */
  readonly remoteAddress?: string | undefined
  /** True if the connection should appear to use TLS. */
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
  // Libraries that read the address of a socket read its port too. A connection in memory has none.
  Object.assign(server, peer, peer.remoteAddress !== undefined && { remotePort: 0 })
  // The server notices a closed client at once. Bytes written before the server closes can still be
  // read.
  client.once('close', () => server.destroy())
  server.once('close', () => client.endReading())
  http.emit('connection', server)
  return client
}

/** One end of an in-memory connection: the other end reads what it writes. */
class MemorySocket extends Duplex {
  #peer: MemorySocket | undefined
  #isAtEnd = false
  /** Callback of the last chunk written; called when the reader needs more. */
  #onRead: (() => void) | undefined

  connect(peer: MemorySocket): void {
    this.#peer = peer
  }

  /** Discards whatever the other end still writes. */
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

  // The parts of a socket that Node, Express and handlers use, and a stream lacks.
  setTimeout(): void {}
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}
}
