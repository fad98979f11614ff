import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { startTcpProxy } from '@lexwright/testing/network/tcp-proxy'
import {
  hasReverseProxy,
  type ReverseProxy,
  type ReverseProxyName,
  startReverseProxy,
} from '@lexwright/testing/programs/reverse-proxy'
import { WebSocket } from 'ws'
import { subscribeTo } from '../codegenv1/subscribe.ts'
import { EventLog } from '../subscriptions/event-log.ts'
import { until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import type { ListenOptions, RunningServer } from './listen.ts'
import { terminateSubscribers } from './subscribers.ts'

const descriptor = {
  nsid: 'io.example.subscribe',
  parameters: { n: 'integer' },
  toKnownErr: (error: unknown) => error,
}

interface Tick {
  readonly $type: 'io.example.subscribe#tick'
  readonly n: number
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A service with a log of ticks; its subscription begins after `n`. */
class Ticks {
  readonly ticks: Tick[] = []
  /** Number of open subscriptions. */
  open = 0
  readonly #service = serviceOf(documents)
  readonly #log = new EventLog<Tick>({
    cursorOf: ({ n }) => n,
    read: async (after, limit) => this.ticks.slice(after, after + limit),
    latest: async () => this.ticks.length,
  })

  add(): void {
    this.ticks.push({ $type: 'io.example.subscribe#tick', n: this.ticks.length + 1 })
    this.#log.notify()
  }

  breakOff(): void {
    terminateSubscribers(this.#service.xrpc)
  }

  async serve(limits: ListenOptions['limits']): Promise<RunningServer> {
    const service = this.#service
    const log = this.#log
    const count = (by: number): void => {
      this.open += by
    }
    service.streamMethod('io.example.subscribe', async function* ({ params, signal }) {
      count(1)
      try {
        yield* log.subscribe(params.n, signal)
      } finally {
        count(-1)
      }
    })
    const running = await service.listen({ host: '127.0.0.1', ...(limits && { limits }) })
    closing.push(() => running.close(0))
    return running
  }
}

async function startBehind(name: ReverseProxyName, upstream: number): Promise<ReverseProxy> {
  const proxy = await startReverseProxy(name, { upstream, idleTimeout: 1 })
  closing.push(() => proxy.stop())
  return proxy
}

const names = ['nginx', 'haproxy', 'caddy'] as const

describe.each(names)('behind %s', (name) => {
  const test = hasReverseProxy(name, 'proxies.network.test.ts') ? it : it.skip

  test('a quiet subscription stays open, and receives later messages', async () => {
    const service = new Ticks()
    const { port } = await service.serve({ pingInterval: 300 })
    const { url } = await startBehind(name, port)
    const socket = new WebSocket(`${url}/xrpc/io.example.subscribe?n=0`)
    closing.push(async () => socket.terminate())
    await once(socket, 'open')
    // Longer than the proxy's idle timeout.
    await delay(2_500)
    service.add()
    await once(socket, 'message')
    expect(service.open).toBe(1)
  })

  test('a subscription resumes after the connection is lost', async () => {
    const service = new Ticks()
    service.add()
    const { port } = await service.serve({ pingInterval: 0 })
    const { url } = await startBehind(name, port)
    const stop = new AbortController()
    const resume = ({ n }: { n?: number }) => ({ n })
    const seen: unknown[] = []
    let reconnected = 0
    const reading = (async () => {
      const options = {
        resume,
        pingInterval: 0,
        signal: stop.signal,
        onReconnect: () => {
          reconnected++
          service.add()
        },
      }
      for await (const tick of subscribeTo(url, descriptor, { n: 0 }, options)) {
        seen.push((tick as Tick).n)
        if (seen.length === 2) stop.abort()
      }
    })()
    await until(() => seen.length === 1)
    // The other proxies cut an idle connection themselves.
    if (name === 'caddy') service.breakOff()
    await reading
    expect(seen).toEqual([1, 2])
    expect(reconnected).toBe(1)
  })
})

describe('a peer whose packets are lost', () => {
  it('is closed by the server', async () => {
    const service = new Ticks()
    const { port } = await service.serve({ pingInterval: 50, pongTimeout: 200 })
    const network = await startTcpProxy(port)
    closing.push(() => network.close())
    const socket = new WebSocket(`ws://127.0.0.1:${network.port}/xrpc/io.example.subscribe?n=0`)
    closing.push(async () => socket.terminate())
    await once(socket, 'ping')
    network.freeze()
    // Data sent to the peer is not a sign of life.
    const ticking = setInterval(() => service.add(), 20)
    await until(() => service.open === 0).finally(() => clearInterval(ticking))
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })

  it('is replaced by the client, which resumes', async () => {
    const service = new Ticks()
    service.add()
    const { port } = await service.serve({ pingInterval: 0 })
    const network = await startTcpProxy(port)
    closing.push(() => network.close())
    const seen: number[] = []
    const options = { resume: ({ n }: { n?: number }) => ({ n }), pingInterval: 100 }
    const url = `http://127.0.0.1:${network.port}`
    for await (const tick of subscribeTo(url, descriptor, { n: 0 }, options)) {
      seen.push((tick as Tick).n)
      if (seen.length === 2) break
      network.freeze()
      service.add()
    }
    expect(seen).toEqual([1, 2])
  })
})
