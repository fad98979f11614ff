import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Bounds how many requests one connection may have waiting. A client may send the next request before it has the
 * answer to the last one, and Node starts them all: one packet can hold a thousand.
 */
export class PipeliningLimit {
  readonly #max: number
  readonly #waiting = new WeakMap<Socket, number>()

  constructor(max = 100) {
    this.#max = max
  }

  /** True if the request is one too many; its connection is closed then. */
  refuses({ socket }: IncomingMessage, res: ServerResponse): boolean {
    // A response gets the socket when those before it are done; it has it at once unless requests are pipelined.
    if (res.socket !== null) return false
    const waiting = (this.#waiting.get(socket) ?? 0) + 1
    if (waiting > this.#max || socket.destroyed) {
      socket.destroy()
      return true
    }
    this.#waiting.set(socket, waiting)
    res.once('close', () => this.#waiting.set(socket, (this.#waiting.get(socket) ?? 1) - 1))
    return false
  }
}
