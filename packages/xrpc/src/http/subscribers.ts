import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { extractUrlNsid, type Server as XrpcServer } from '@atproto/xrpc-server'
import { asksForWebSocket, serveWithoutUpgrade } from './declined-upgrade.ts'
import { keepAlive } from './keep-alive.ts'
import { refuseInWorkers } from './workers.ts'

/** The close code of a server that goes away. Source: RFC 6455, section 7.4.1. */
const GOING_AWAY = 1001

/** Limits on what a subscriber may use. All have a default. */
export interface SubscriberLimits {
  /** Milliseconds that a connection may stall while an answer or message waits to be read; default 30 s. */
  readonly stallTimeout?: number
  /** Bytes per message sent by a subscriber; default 64 KiB. Above: closed with 1009. */
  readonly maxMessageSize?: number
  /**
   * Milliseconds between pings to a subscriber; default 30 s. 0 sends none, and proxies may cut idle connections.
   */
  readonly pingInterval?: number
  /** Milliseconds for a subscriber to answer a ping; default 90 s. Above: closed. Checked at each ping. */
  readonly pongTimeout?: number
}

/** @returns the limits with defaults filled in */
export function subscriberLimits(limits: SubscriberLimits = {}): Required<SubscriberLimits> {
  return {
    stallTimeout: limits.stallTimeout ?? 30_000,
    maxMessageSize: limits.maxMessageSize ?? 65_536,
    pingInterval: limits.pingInterval ?? 30_000,
    pongTimeout: limits.pongTimeout ?? 90_000,
  }
}

/** Subscriptions on the host's HTTP server. */
export interface AttachedSubscriptions {
  /**
   * Accepts no new subscribers and asks the present ones to leave. The HTTP server's `close` waits for them.
   *
   * @param deadline milliseconds before remaining subscribers are cut off; default 10 s
   * @returns the number cut off
   */
  close(deadline?: number): Promise<number>
}

/** Serves subscriptions on the host's server; leaves other upgrades to other listeners. */
export function attachSubscriptions(
  http: HttpServer | HttpsServer,
  xrpc: XrpcServer,
  limits: SubscriberLimits = {},
): AttachedSubscriptions {
  refuseInWorkers('Servers of subscriptions')
  const subscribers = new Set<Subscriber>()
  const open = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (asksForWebSocket(req) && findSubscription(xrpc, req)) {
      openSubscription(xrpc, subscriberLimits(limits), { req, socket, head }, (subscriber) => {
        subscribers.add(subscriber)
        subscriber.once('close', () => subscribers.delete(subscriber))
      })
    } else if (http.listenerCount('upgrade') === 1) {
      if (asksForWebSocket(req)) socket.destroy()
      else serveWithoutUpgrade(http, req, socket, head)
    }
  }
  http.on('upgrade', open)
  return {
    close: async (deadline = 10_000) => {
      http.off('upgrade', open)
      let cutOff = 0
      const timer = setTimeout(() => {
        cutOff = subscribers.size
        for (const subscriber of subscribers) subscriber.terminate()
      }, deadline)
      await Promise.all([...subscribers].map(leave))
      clearTimeout(timer)
      return cutOff
    },
  }
}

function leave(subscriber: Subscriber): Promise<void> {
  return new Promise((resolve) => {
    subscriber.once('close', () => resolve())
    subscriber.close(GOING_AWAY)
  })
}

/** An upgrade, as Node's HTTP server reports it. */
interface Upgrade {
  readonly req: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** Opens the requested subscription; closes the connection if there is none. */
export function openSubscription(
  xrpc: XrpcServer,
  limits: Required<SubscriberLimits>,
  { req, socket, head }: Upgrade,
  onOpen?: (subscriber: Subscriber) => void,
): void {
  const subscription = findSubscription(xrpc, req)
  if (!subscription) {
    socket.destroy()
    return
  }
  const { wss } = subscription
  wss.options.maxPayload = limits.maxMessageSize
  wss.handleUpgrade(req, socket, head, (ws) => {
    // Every byte resets the timer. A subscription with nothing to send is idle, not stalled.
    req.socket.setTimeout(limits.stallTimeout, () => {
      if (socket.writableLength > 0) ws.terminate()
    })
    keepAlive(ws, socket, limits)
    onOpen?.(ws)
    wss.emit('connection', ws, req)
  })
}

function findSubscription({ subscriptions }: XrpcServer, { url = '' }: IncomingMessage) {
  const nsid = extractUrlNsid(url)
  return nsid === undefined ? undefined : subscriptions.get(nsid)
}

/** Asks all subscribers to leave. */
export function dismissSubscribers(xrpc: XrpcServer): void {
  for (const subscriber of subscribersOf(xrpc)) subscriber.close(GOING_AWAY)
}

/** Terminates all subscriptions at once. */
export function terminateSubscribers(xrpc: XrpcServer): void {
  for (const subscriber of subscribersOf(xrpc)) subscriber.terminate()
}

interface Subscriber {
  close(code: number): void
  terminate(): void
  once(event: 'close', listener: () => void): unknown
}

function subscribersOf({ subscriptions }: XrpcServer): Subscriber[] {
  return [...subscriptions.values()].flatMap(({ wss }) => [...wss.clients])
}
