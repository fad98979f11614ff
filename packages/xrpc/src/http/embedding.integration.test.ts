import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestListener } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { AnyMethod } from '../server/adapter/xrpc-adapter.ts'
import { open, until } from '../testing/client.ts'
import { json, keep, nextAnswer } from '../testing/connection.ts'
import { documents } from '../testing/documents.ts'
import { converse, exchange } from '../testing/exchange.ts'
import { serviceOf } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'
import { any, bare, testServer } from '../testing/serve.ts'

const server = testServer()
const serve = async (...args: Parameters<typeof server.serve>): Promise<{ port: number }> => ({
  port: await server.serve(...args),
})
const raw = '/xrpc/io.example.raw'

describe('the async context of a call', () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const handler: AnyMethod = () => {
    seen.push(storage.getStore())
    storage.enterWith('of a handler')
    return json({})
  }
  /** Four calls on one connection. */
  const callAll = async (port: number): Promise<unknown[]> => {
    seen.length = 0
    const socket = await open(port, '')
    for (let n = 0; n < 4; n++) {
      socket.write(get(any, keep))
      await nextAnswer(socket)
    }
    socket.destroy()
    return [...seen]
  }

  it('is the one in which the server was started', async () => {
    const { port } = await storage.run('start', () => serve(handler))
    expect(await callAll(port)).toEqual(Array(4).fill('start'))
  })

  it('is that of its connection', async () => {
    const { port } = await serve(handler)
    server.running.http.prependListener('connection', () => storage.enterWith('connection'))
    expect(await callAll(port)).toEqual(Array(4).fill('connection'))
  })

  it('is the one in which a request was fetched', async () => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', handler)
    const fetch = service.createFetchHandler()
    seen.length = 0
    for (const headers of [{}, { 'If-None-Match': 'x' }]) {
      const request = new Request(`http://example.test${any}`, { headers })
      await storage.run('fetch', () => fetch(request))
    }
    expect(seen).toEqual(['fetch', 'fetch'])
  })
})

describe('observers of a call', () => {
  afterEach(() => trace.disable())

  it('see the method, the verb and the headers', async () => {
    const seen: unknown[] = []
    const { port } = await serve(() => json({}), {
      observers: [
        (call, next) => {
          const { nsid, method, headers } = call
          call.onEnd((outcome) => seen.push('first', outcome))
          call.onEnd((outcome) => seen.push('second', outcome))
          seen.push(nsid, method, headers.host, headers['x-custom'])
          next()
        },
      ],
    })
    await exchange(port, get(any, { 'X-Custom': 'here' }))
    expect(seen).toEqual([
      ...['io.example.outAny', 'GET', 'example.test', 'here'],
      ...['first', 200, 'second', 200],
    ])
  })

  it('learn of its end, however late they subscribe', async () => {
    const seen: unknown[] = []
    const { port } = await serve(() => json({}), {
      observers: [
        (call, next) => {
          call.onEnd((outcome) => seen.push('early', outcome))
          next()
          seen.push('after next')
          call.onEnd((outcome) => seen.push('late', outcome))
          setTimeout(() => call.onEnd((outcome) => seen.push('later', outcome)), 20)
        },
      ],
    })
    for (const headers of [{}, { 'If-None-Match': 'x' }]) {
      seen.length = 0
      await exchange(port, get(any, headers))
      await until(() => seen.includes('later'))
      expect(seen).toEqual(['after next', 'early', 200, 'late', 200, 'later', 200])
    }
  })

  it('that call next twice run it once', async () => {
    let calls = 0
    const { port } = await serve(() => json(++calls), {
      observers: [
        (_, next) => {
          next()
          next()
        },
      ],
    })
    const socket = await open(port, get(any, keep))
    expect(await nextAnswer(socket)).toMatch(/\r\n1$/)
    socket.write(get(any, keep))
    expect(await nextAnswer(socket)).toMatch(/\r\n2$/)
    socket.destroy()
  })

  it('may set headers of the answer', async () => {
    const seen: unknown[] = []
    const { port } = await serve(() => json({}), {
      observers: [
        (call, next) => {
          call.onEnd((outcome) => seen.push('first', outcome))
          call.res.setHeader('X-Own', 'yes')
          call.onEnd((outcome) => seen.push('second', outcome, call.headers['x-custom']))
          next()
        },
      ],
    })
    const [answer] = await exchange(port, post(raw, '{"s":"x"}', { 'X-Custom': 'here' }))
    expect(answer).toMatchObject({ headers: { 'x-own': 'yes' }, body: '{}' })
    expect(seen).toEqual(['first', 200, 'second', 200, 'here'])
  })

  it('can trace it', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    const { port } = await serve(() => json({}))
    await exchange(port, get(any))
    expect(exporter.getFinishedSpans()).toMatchObject([
      { name: 'io.example.outAny', attributes: { 'http.response.status_code': 200 } },
    ])
  })
})

describe('instrumentation of every request', () => {
  const call = async (port: number): Promise<void> => {
    expect(await exchange(port, get(bare))).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
  }

  it("sees the server's request event", async () => {
    const { port } = await serve(() => undefined)
    const socket = await open(port, get(bare, keep))
    await nextAnswer(socket)
    const urls: (string | undefined)[] = []
    server.running.http.on('request', ({ url }) => urls.push(url))
    socket.write(get(bare, keep))
    await nextAnswer(socket)
    await call(port)
    expect(urls).toEqual([bare, bare])
    socket.destroy()
  })

  it.each(['request.start', 'response.created', 'response.finish'])(
    'sees what Node publishes: %s',
    async (name) => {
      const { port } = await serve(() => undefined)
      let seen = 0
      const count = (): void => {
        seen++
      }
      subscribe(`http.server.${name}`, count)
      await call(port)
      unsubscribe(`http.server.${name}`, count)
      await call(port)
      expect(seen).toBe(1)
    },
  )

  it('can replace the existing listener', async () => {
    const { port } = await serve(() => undefined)
    const { http } = server.running
    const socket = await open(port, get(bare, keep))
    await nextAnswer(socket)
    const [listener] = http.listeners('request') as [RequestListener]
    http.removeAllListeners('request')
    http.on('request', (req, res) => {
      if (req.headers['x-custom'] === 'blocked') res.writeHead(403).end()
      else setImmediate(() => listener.call(http, req, res))
    })
    for (const headers of [{ 'X-Custom': 'blocked' }, {}]) {
      const [answer] = await exchange(port, get(bare, headers))
      const isBlocked = 'X-Custom' in headers
      expect(answer).toMatchObject({
        status: isBlocked ? 'HTTP/1.1 403 Forbidden' : 'HTTP/1.1 200 OK',
      })
    }
    socket.write(get(bare, { ...keep, 'X-Custom': 'blocked' }))
    expect(await nextAnswer(socket)).toContain('403 Forbidden')
    socket.destroy()
  })

  it('can patch how responses are written', async () => {
    const service = serviceOf(documents)
    service.method('io.example.bare', () => undefined)
    const { response } = service.xrpc.router
    const { writeHead } = response
    Object.assign(response, {
      writeHead(this: typeof response, status: number) {
        this.setHeader('X-Own', 'yes')
        return writeHead.call(this, status)
      },
    })
    const running = await service.listen()
    expect(await exchange(running.port, get(bare))).toMatchObject([{ headers: { 'x-own': 'yes' } }])
    await running.close()
  })

  it('sees connection errors', async () => {
    const { port } = await serve(() => undefined)
    const codes: unknown[] = []
    server.running.http.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
      codes.push(code)
      socket.destroy()
    })
    await converse(port, 'GET nonsense\r\n\r\n')
    expect(codes).toEqual([expect.stringMatching(/^HPE_/)])
  })
})

describe('a listener on a connection', () => {
  it('receives its errors, even if it was open before', async () => {
    const { port } = await serve(() => json({}))
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    const codes: unknown[] = []
    server.running.http.on('clientError', ({ code }: NodeJS.ErrnoException, end) => {
      codes.push(code)
      end.destroy()
    })
    socket.resetAndDestroy()
    await until(() => codes.length > 0)
    expect(codes).toEqual(['ECONNRESET'])
  })

  it('is notified of an idle timeout', async () => {
    const { port } = await serve(() => json({}), { limits: { keepAliveTimeout: 100 } })
    const idle: unknown[] = []
    const { http } = server.running
    http.removeAllListeners('timeout')
    http.on('timeout', (socket) => idle.push(socket))
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    await until(() => idle.length > 0, 10_000)
    // With a timeout listener, Node leaves closing to it.
    await delay(2_000)
    expect(idle).toHaveLength(1)
    expect(socket.closed).toBe(false)
    socket.destroy()
  })
})
