import type { Duplex } from 'node:stream'

export interface KeepAliveOptions {
  /** Milliseconds between two pings; 0 sends none. */
  readonly pingInterval: number
  /** Milliseconds without a frame from the peer, above which it is closed. */
  readonly pongTimeout: number
}

/** The part of a WebSocket of `ws` that is used here. */
interface Peer {
  on(event: 'message' | 'ping' | 'pong', listener: () => void): unknown
  once(event: 'close', listener: () => void): unknown
  ping(): void
  terminate(): void
}

/**
 * Pings a peer, since proxies cut a connection in which nothing happens (nginx after 60 s), and closes one that does not
 * answer: TCP alone notices after a quarter of an hour that packets are lost.
 *
 * @param socket the connection of the peer
 */
export function keepAlive(
  peer: Peer,
  socket: Duplex,
  { pingInterval, pongTimeout }: KeepAliveOptions,
): void {
  if (pingInterval === 0) return
  let heardAt = performance.now()
  const hear = (): void => {
    heardAt = performance.now()
  }
  peer.on('pong', hear)
  peer.on('ping', hear)
  peer.on('message', hear)
  const timer = setInterval(() => {
    // A ping would only queue up behind messages that are not taken, and those have a timeout of their own.
    if (socket.writableLength > 0) hear()
    else if (performance.now() - heardAt >= pongTimeout) peer.terminate()
    else peer.ping()
  }, pingInterval)
  timer.unref()
  peer.once('close', () => clearInterval(timer))
}
