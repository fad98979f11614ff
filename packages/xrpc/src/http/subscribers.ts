import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { extractUrlNsid, type Server as XrpcServer } from '@atproto/xrpc-server'

/** What a WebSocket is closed with when its server goes away. Source: RFC 6455, section 7.4.1. */
const GOING_AWAY = 1001

export interface SubscriberLimits {
  /** Bytes of a message that a subscriber sends. */
  readonly maxMessageSize: number
  /** Milliseconds that a subscriber may leave a message untaken. */
  readonly stallTimeout: number
}

/** An upgrade: what Node's HTTP server tells of it. */
type Upgrade = [req: IncomingMessage, socket: Duplex, head: Buffer]

/** Opens the subscription that a request asks for; closes the connection when there is none. */
export function openSubscription(
  { subscriptions }: XrpcServer,
  { maxMessageSize, stallTimeout }: SubscriberLimits,
  ...[req, socket, head]: Upgrade
): void {
  const nsid = extractUrlNsid(req.url ?? '')
  const subscription = nsid === undefined ? undefined : subscriptions.get(nsid)
  if (!subscription) {
    socket.destroy()
    return
  }
  const { wss } = subscription
  wss.options.maxPayload = maxMessageSize
  wss.handleUpgrade(req, socket, head, (ws) => {
    // Node starts the clock anew with every byte. A subscription that has nothing to say is not to blame.
    req.socket.setTimeout(stallTimeout, () => {
      if (socket.writableLength > 0) ws.terminate()
    })
    wss.emit('connection', ws, req)
  })
}

/** Tells all subscribers to go. */
export function dismissSubscribers(xrpc: XrpcServer): void {
  for (const subscriber of subscribersOf(xrpc)) subscriber.close(GOING_AWAY)
}

/** Ends all subscriptions at once. */
export function terminateSubscribers(xrpc: XrpcServer): void {
  for (const subscriber of subscribersOf(xrpc)) subscriber.terminate()
}

interface Subscriber {
  close(code: number): void
  terminate(): void
}

function subscribersOf({ subscriptions }: XrpcServer): Subscriber[] {
  return [...subscriptions.values()].flatMap(({ wss }) => [...wss.clients])
}
