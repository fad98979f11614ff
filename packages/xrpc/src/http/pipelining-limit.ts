import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Limits how many requests may be pending on one connection. A client may pipeline requests, and Node starts
 * them all: one packet can hold a thousand.
 */
export class PipeliningLimit {
  readonly #max: number
  readonly #waiting = new WeakMap<Socket, number>()

  constructor(max = 100) {
    this.#max = max
  }

  /** True if the request exceeds the limit; its connection is then closed. */
  refuses({ socket }: IncomingMessage, res: ServerResponse): boolean {
    // A response gets the socket after the previous ones; unless requests are pipelined it has it at once.
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
