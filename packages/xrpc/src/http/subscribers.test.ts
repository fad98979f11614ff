import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  request as httpRequest,
} from 'node:http'
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ErrorFrame, Frame, MessageFrame, type Options } from '@atproto/xrpc-server'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { WebSocket, WebSocketServer } from 'ws'
import type { XrpcService } from '../server/xrpc-service.ts'
import { open, until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { converse } from '../testing/exchange.ts'
import { serviceOf } from '../testing/pair.ts'
import { get } from '../testing/requests.ts'
import { type Source, ticking } from '../testing/ticking.ts'
import type { ListenOptions, RunningServer } from './listen.ts'

let running: RunningServer | undefined
let service: XrpcService | undefined
const sockets: WebSocket[] = []
afterEach(async () => {
  jest.useRealTimers()
  for (const socket of sockets.splice(0)) socket.terminate()
  await running?.close(0)
  running = undefined
})

/**
 * Serves a subscription of `n` ticks of a given size; it stays open after the last if there are more than five.
 */
async function serve(options: ListenOptions = {}, size = 0): Promise<Source> {
  const source: Source = { ticks: 0, isOver: false }
  service = ticking(source, size)
  running = await service.listen(options)
  return source
}

function onlySubscriber(): WebSocket {
  const [subscriber] = service?.xrpc.subscriptions.get('io.example.subscribe')?.wss.clients ?? []
  if (!subscriber) throw new Error('Nobody subscribes')
  return subscriber
}

/** True if messages for the subscriber are buffered. */
function isWaitedFor(subscriber: WebSocket): boolean {
  return subscriber.bufferedAmount > 0
}

function subscribe(search: string, { name = 'subscribe', headers = {} } = {}): WebSocket {
  const url = `ws://127.0.0.1:${running?.port}/xrpc/io.example.${name}${search}`
  const socket = new WebSocket(url, { headers })
  sockets.push(socket)
  return socket
}

describe('subscriptions', () => {
  it('are served alongside calls', async () => {
    await serve()
    const socket = subscribe('?n=3')
    let frames = 0
    socket.on('message', () => frames++)
    const [code] = await once(socket, 'close')
    expect([frames, code]).toEqual([3, 1000])
  })

  it('end with an error frame for invalid parameters', async () => {
    await serve()
    const socket = subscribe('')
    const messages: string[] = []
    socket.on('message', (data) => messages.push(String(data)))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1008)
    expect(messages.join()).toContain('must have the property "n"')
  })

  it('identify the subscriber, and end with an error frame if refused', async () => {
    await serve()
    const known = subscribe('?n=6', { headers: { authorization: 'somebody' } })
    const [message] = await once(known, 'message')
    expect(String(message)).toContain('somebody')
    const refused = subscribe('?n=1', { headers: { authorization: 'nobody' } })
    const messages: string[] = []
    refused.on('message', (data) => messages.push(String(data)))
    expect((await once(refused, 'close'))[0]).toBe(1008)
    expect(messages).toHaveLength(1)
    expect(messages[0]).toMatch(/AuthenticationRequired.*Who\?/s)
  })

  it('do not open for anything else', async () => {
    await serve()
    const [error] = await once(subscribe('', { name: 'params' }), 'error')
    expect(error).toMatchObject({ message: 'socket hang up' })
  })

  it('refuse an upgrade without a WebSocket handshake', async () => {
    await serve()
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'short' }
    const bytes = await converse(running?.port ?? 0, get('/xrpc/io.example.subscribe?n=1', headers))
    expect(String(bytes)).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('abort their signal, and end, when the subscriber leaves', async () => {
    const source = await serve()
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    expect(source.signal?.aborted).toBe(false)
    socket.close()
    await until(() => source.isOver)
    expect(source.signal?.aborted).toBe(true)
  })

  it('are closed when the server goes away', async () => {
    await serve()
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    const closed = once(socket, 'close')
    await running?.close(60_000)
    running = undefined
    expect((await closed)[0]).toBe(1001)
  })

  it('are closed when they open on a present connection while the server goes away', async () => {
    await serve()
    const connection = await open(
      running?.port ?? 0,
      get('/xrpc/io.example.params', { Connection: 'keep-alive' }),
    )
    await once(connection, 'data')
    const closing = running?.close(60_000)
    const url = `ws://127.0.0.1:${running?.port}/xrpc/io.example.subscribe?n=6`
    const socket = new WebSocket(url, { createConnection: () => connection })
    sockets.push(socket)
    expect((await once(socket, 'close'))[0]).toBe(1001)
    expect(await closing).toBe(0)
    running = undefined
  })
})

describe('a subscriber', () => {
  it('that reads slowly gets backpressure, and is dropped when it does not read at all', async () => {
    const source = await serve({ limits: { stallTimeout: 250 } }, 100_000)
    const socket = subscribe('?n=100000')
    await once(socket, 'message')
    socket.pause()
    await until(() => source.isOver)
    // Kernel buffers on both sides.
    expect(source.ticks).toBeLessThan(300)
  })

  it('that waits for the next event is kept', async () => {
    const source = await serve({ limits: { stallTimeout: 50 } })
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    await delay(300)
    expect([socket.readyState, source.isOver]).toEqual([WebSocket.OPEN, false])
  })

  it('may not send large messages', async () => {
    const source = await serve({ limits: { maxMessageSize: 100 } })
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    socket.send('x'.repeat(100))
    socket.send('x'.repeat(101))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
    await until(() => source.isOver)
  })

  it('that leaves during its handshake leaks nothing', async () => {
    await serve()
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const socket = await open(running?.port ?? 0, get('/xrpc/io.example.subscribe?n=9', headers))
    socket.destroy()
    const other = subscribe('?n=1')
    expect((await once(other, 'close'))[0]).toBe(1000)
  })
})

describe('pings', () => {
  /** Fakes only the timers that pings use. */
  const fakeClock = (): void => {
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'nextTick',
        'queueMicrotask',
        'setImmediate',
        'setTimeout',
        'clearTimeout',
      ],
    })
  }
  const limits = { pingInterval: 30_000, pongTimeout: 90_000 }

  it('are sent at intervals, and keep a subscriber that answers', async () => {
    fakeClock()
    await serve({ limits })
    const socket = subscribe('?n=6')
    let pings = 0
    socket.on('ping', () => pings++)
    await once(socket, 'message')
    for (let n = 1; n <= 8; n++) {
      const isAnswered = once(onlySubscriber(), 'pong')
      jest.advanceTimersByTime(30_000)
      await isAnswered
      expect(pings).toBe(n)
    }
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })

  it('close a subscriber that does not answer, and end its source', async () => {
    fakeClock()
    const source = await serve({ limits })
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    socket.pause()
    jest.advanceTimersByTime(89_999)
    expect(source.isOver).toBe(false)
    jest.advanceTimersByTime(1)
    await until(() => source.isOver)
    expect(source.signal?.aborted).toBe(true)
  })

  it('leave a subscriber alone while it has unread messages', async () => {
    fakeClock()
    const source = await serve({ limits }, 100_000)
    const socket = subscribe('?n=100000')
    await once(socket, 'message')
    socket.pause()
    await until(() => isWaitedFor(onlySubscriber()))
    jest.advanceTimersByTime(600_000)
    expect(source.isOver).toBe(false)
    const { ticks } = source
    socket.resume()
    await until(() => source.ticks > ticks)
  })

  it('are not sent at an interval of 0', async () => {
    fakeClock()
    await serve({ limits: { pingInterval: 0 } })
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('stop with the subscriber', async () => {
    fakeClock()
    const source = await serve()
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    expect(jest.getTimerCount()).toBe(1)
    socket.terminate()
    await until(() => source.isOver)
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('attach', () => {
  const hosts = {
    http: () => createHttpServer((_, res) => void res.end()),
    https: () => createHttpsServer({ ...TLS, pskCallback: () => KEY }, (_, res) => void res.end()),
  }
  // A pre-shared key avoids certificates.
  const KEY = Buffer.alloc(32, 1)
  const TLS = { ciphers: 'PSK', maxVersion: 'TLSv1.2' as const }
  const servers: HttpServer[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })
  const listenAs = async (kind: keyof typeof hosts): Promise<HttpServer> => {
    const http = hosts[kind]()
    servers.push(http)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    return http
  }
  const clientOptions = (): object => ({
    ...TLS,
    pskCallback: () => ({ psk: KEY, identity: 'subscriber' }),
    checkServerIdentity: () => undefined,
  })
  const connect = (http: HttpServer, path: string): WebSocket => {
    const { port } = http.address() as AddressInfo
    const scheme = 'addContext' in http ? 'wss' : 'ws'
    const socket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, clientOptions())
    sockets.push(socket)
    return socket
  }

  it.each(['http', 'https'] as const)('serves subscriptions on an %s server', async (kind) => {
    const http = await listenAs(kind)
    const attached = ticking().attach(http, { maxMessageSize: 100 })
    const socket = connect(http, '/xrpc/io.example.subscribe?n=6')
    await once(socket, 'message')
    socket.send('x'.repeat(101))
    expect((await once(socket, 'close'))[0]).toBe(1009)
    const other = connect(http, '/xrpc/io.example.subscribe?n=12')
    await once(other, 'message')
    const [[code], cutOff] = await Promise.all([once(other, 'close'), attached.close()])
    expect([code, cutOff]).toEqual([1001, 0])
    expect(http.listenerCount('upgrade')).toBe(0)
  })

  it('refuses other upgrades, unless another listener handles them', async () => {
    const http = await listenAs('http')
    ticking().attach(http)
    const [error] = await once(connect(http, '/live'), 'error')
    expect(error).toMatchObject({ message: 'socket hang up' })
    const live = new WebSocketServer({ noServer: true })
    http.on('upgrade', (req, socket, head) => {
      if (req.url === '/live') live.handleUpgrade(req, socket, head, (ws) => ws.close(4000))
    })
    expect((await once(connect(http, '/live'), 'close'))[0]).toBe(4000)
    const socket = connect(http, '/xrpc/io.example.subscribe?n=1')
    expect((await once(socket, 'close'))[0]).toBe(1000)
  })

  it.each(['http', 'https'] as const)('leaves HTTP/2 offers to an %s server', async (kind) => {
    const http = await listenAs(kind)
    ticking().attach(http)
    const { port } = http.address() as AddressInfo
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' }
    const send = kind === 'http' ? httpRequest : httpsRequest
    const sent = send({ ...clientOptions(), port, host: '127.0.0.1', headers }).end()
    const [answer] = await once(sent, 'response')
    expect(answer.statusCode).toBe(200)
    answer.resume()
  })

  it('cuts off subscribers at the deadline', async () => {
    const http = await listenAs('http')
    const attached = ticking().attach(http)
    const socket = connect(http, '/xrpc/io.example.subscribe?n=6')
    await once(socket, 'message')
    socket.pause()
    expect(await attached.close(50)).toBe(1)
  })
})

describe('messages', () => {
  const stream = async (
    options: Options,
    ...messages: readonly unknown[]
  ): Promise<readonly unknown[]> => {
    const service = serviceOf(documents, options)
    service.streamMethod('io.example.subscribe', async function* () {
      yield* messages
    })
    running = await service.listen()
    const seen: unknown[] = []
    const socket = subscribe('?n=1')
    socket.on('message', (data: Buffer) => {
      const { header, body } = Frame.fromBytes(data)
      seen.push(header.op === -1 ? body : [header, body])
    })
    await once(socket, 'close')
    await running.close(0)
    return seen
  }
  const tick = (n: unknown, $type = 'io.example.subscribe#tick') => ({ $type, n })
  const refusal = { error: 'InternalServerError', message: 'Internal Server Error' }
  const sent = (n: unknown) => [{ op: 1, t: '#tick' }, { n }]

  it('that do not match their lexicon end the subscription', async () => {
    expect(await stream({}, tick(1), tick('two'), tick(3))).toEqual([sent(1), refusal])
  })

  it('are checked with a short type, and as frames', async () => {
    expect(await stream({}, tick(1, '#tick'), tick('two', '#tick'))).toEqual([sent(1), refusal])
    const frame = (n: unknown) => new MessageFrame({ n } as never, { type: '#tick' })
    expect(await stream({}, frame(1), frame('two'))).toEqual([sent(1), refusal])
    const error = new ErrorFrame({ error: 'Declared', message: 'as declared' })
    expect(await stream({}, error)).toEqual([{ error: 'Declared', message: 'as declared' }])
  })

  it('may have a type outside the lexicon', async () => {
    const other = { $type: 'io.example.other', x: 1 }
    expect(await stream({}, other)).toEqual([[{ op: 1, t: 'io.example.other' }, { x: 1 }]])
  })

  it('are checked in production only with validateResponse', async () => {
    const { NODE_ENV } = process.env
    process.env.NODE_ENV = 'production'
    try {
      expect(await stream({}, tick('two'))).toEqual([sent('two')])
      expect(await stream({ validateResponse: true }, tick('two'))).toEqual([refusal])
    } finally {
      process.env.NODE_ENV = NODE_ENV
    }
    expect(await stream({ validateResponse: false }, tick('two'))).toEqual([sent('two')])
  })
})
