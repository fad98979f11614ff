import type { Duplex } from 'node:stream'

export interface KeepAliveOptions {
  /** Milliseconds between pings; 0 sends none. */
  readonly pingInterval: number
  /** Milliseconds without a frame from the peer before it is closed. */
  readonly pongTimeout: number
}

/** The part of a `ws` WebSocket used here. */
interface Peer {
  on(event: 'message' | 'ping' | 'pong', listener: () => void): unknown
  once(event: 'close', listener: () => void): unknown
  ping(): void
  terminate(): void
}

/**
 * Pings a peer, since proxies cut idle connections (nginx after 60 s), and closes it if it does not answer: TCP alone
 * notices lost packets only after a quarter of an hour.
 *
 * @param socket the underlying connection
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
    // A ping would only queue behind unread messages, which have their own timeout.
    if (socket.writableLength > 0) hear()
    else if (performance.now() - heardAt >= pongTimeout) peer.terminate()
    else peer.ping()
  }, pingInterval)
  timer.unref()
  peer.once('close', () => clearInterval(timer))
}
