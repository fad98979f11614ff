import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { MemoryRateLimiter } from '@atproto/xrpc-server'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { observeMetrics } from '../observe/metrics.ts'
import type { AnyMethod } from '../server/adapter/xrpc-adapter.ts'
import { asRequest } from '../testing/as-request.ts'
import { answerCases } from '../testing/cases-answers.ts'
import { bodyCases } from '../testing/cases-bodies.ts'
import { routingCases } from '../testing/cases-routing.ts'
import { until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { expectEveryCase } from '../testing/every-case.ts'
import { handlers } from '../testing/handlers.ts'
import { rateLimited, serviceOf } from '../testing/pair.ts'
import type { FetchHandler } from './fetch.ts'
import type { ListenerOptions } from './listener.ts'

const origin = 'http://host.test:8080'
const any = `${origin}/xrpc/io.example.outAny`
const blob = `${origin}/xrpc/io.example.blob`

function handlerOf(method: AnyMethod, options: ListenerOptions = {}): FetchHandler {
  const service = serviceOf(documents)
  for (const name of ['outAny', 'blob', 'raw']) service.method(`io.example.${name}`, method)
  return service.createFetchHandler(options)
}

const octets = { 'content-type': 'a/b' }

function upload(chunks: Iterable<string> | AsyncIterable<string>, headers = {}): Request {
  const body = Readable.toWeb(Readable.from(chunks).map((text) => Buffer.from(text)))
  return new Request(blob, {
    method: 'POST',
    headers: { ...octets, ...headers },
    body: body as ReadableStream,
    duplex: 'half',
  })
}

describe('the answer', () => {
  const overSocket = serviceOf(documents, rateLimited())
  const inMemory = serviceOf(documents, rateLimited())
  for (const service of [overSocket, inMemory]) {
    for (const [nsid, config] of handlers()) service.method(nsid, config)
  }
  const serve = inMemory.createFetchHandler()
  const running = overSocket.listen({ host: '127.0.0.1' })
  afterAll(async () => (await running).close(0))

  // The `fetch` for comparison adds "Cache-Control: no-cache", so nothing is fresh.
  const apart = new Set(['a conditional request for anything'])
  const cases = Object.entries({ ...routingCases, ...bodyCases, ...answerCases })
  const expressible = cases.filter(
    ([name, bytes]) => !apart.has(name) && asRequest(bytes, origin) !== undefined,
  )

  it('is compared for most cases', () => {
    expect(expressible.length).toBeGreaterThan(400)
  })

  it('matches that of the network in every case', async () => {
    const { port } = await running
    const real = `http://127.0.0.1:${port}`
    await expectEveryCase(Object.fromEntries(expressible), async (bytes) => {
      const [network, memory] = await Promise.all([
        outcome(() => fetch(asRequest(bytes, real) as Request)),
        outcome(() => serve(asRequest(bytes, real) as Request, { remoteAddress: '127.0.0.1' })),
      ])
      expect(memory).toEqual(network)
    })
  })
})

async function outcome(call: () => Promise<Response>): Promise<unknown> {
  let response: Response
  try {
    response = await call()
  } catch {
    return 'none'
  }
  const headers = Object.fromEntries(response.headers)
  // These depend on the connection or the time.
  for (const name of ['keep-alive', 'connection', 'transfer-encoding', 'date']) delete headers[name]
  const body = await response.text().catch(() => 'broken off')
  return { status: response.status, statusText: response.statusText, headers, body }
}

describe('a body', () => {
  it('is streamed in both directions at once', async () => {
    const serve = handlerOf(({ input }) => ({ encoding: 'a/b', stream: input.body }))
    const answered = Promise.withResolvers<void>()
    const response = await serve(
      upload(
        (async function* () {
          yield 'first '
          await answered.promise
          yield 'second'
        })(),
      ),
    )
    answered.resolve()
    expect(await response.text()).toBe('first second')
  })

  it('is produced as fast as it is read', async () => {
    let read = 0
    const stream = new Readable({
      highWaterMark: 65_536,
      read() {
        read += 65_536
        this.push(read > 64_000_000 ? null : Buffer.alloc(65_536))
      },
    })
    const serve = handlerOf(() => ({ encoding: 'a/b', stream }))
    const response = await serve(new Request(any))
    await delay(100)
    expect(read).toBeLessThan(5_000_000)
    await response.body?.cancel()
    await until(() => stream.destroyed)
  })

  it('arrives whole, however large', async () => {
    const serve = handlerOf(({ input }) => ({ encoding: 'a/b', stream: input.body }))
    const bytes = Buffer.alloc(5_000_000, 'large ')
    const request = new Request(blob, { method: 'POST', headers: octets, body: bytes })
    const answer = Buffer.from(await (await serve(request)).arrayBuffer())
    expect(answer.equals(bytes)).toBe(true)
  })

  it('that the caller cannot deliver fails the call, and looks to the handler like an aborted upload', async () => {
    let seen: unknown
    const serve = handlerOf(async ({ input }) => {
      try {
        for await (const _ of input.body);
      } catch (error) {
        seen = error
      }
    })
    const body = (async function* () {
      yield 'half'
      throw new Error('the disk is gone')
    })()
    await expect(serve(upload(body))).rejects.toThrow('the disk is gone')
    await until(() => seen !== undefined)
  })

  it.each(['3', '7'])('that differs from its announced length, %s, is not sent', async (length) => {
    const serve = handlerOf(async ({ input }) => {
      for await (const _ of input.body);
    })
    const request = upload(['12', '345'], { 'content-length': length })
    await expect(serve(request)).rejects.toThrow('Content-Length')
  })

  it('is parsed as JSON, with and without an announced length', async () => {
    const serve = handlerOf(({ input, req }) => ({
      encoding: 'application/json',
      body: [input.body, req.headers['content-length'] ?? null],
    }))
    const call = async (headers: Record<string, string>) => {
      const request = new Request(`${origin}/xrpc/io.example.raw`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"a":1}',
      })
      return (await serve(request)).json()
    }
    expect(await call({})).toEqual([{ a: 1 }, null])
    expect(await call({ 'content-length': '7' })).toEqual([{ a: 1 }, '7'])
  })

  it('of an answer that breaks off fails for its reader', async () => {
    const serve = handlerOf(() => ({
      encoding: 'a/b',
      stream: Readable.from(
        (async function* () {
          yield 'half'
          await delay(5)
          throw new Error('broken')
        })(),
      ),
    }))
    const response = await serve(new Request(any))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })

  it('that is refused early is not read to the end', async () => {
    const service = serviceOf(documents)
    for (const [nsid, config] of handlers()) service.method(nsid, config)
    let isOpen = true
    const endless = new ReadableStream({
      async pull(controller) {
        await delay(1)
        controller.enqueue(new Uint8Array(1_000))
      },
      cancel() {
        isOpen = false
      },
    })
    const request = new Request(`${origin}/xrpc/io.example.smallBlob`, {
      method: 'POST',
      headers: octets,
      body: endless,
      duplex: 'half',
    })
    const response = await service.createFetchHandler()(request)
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: 'PayloadTooLarge' })
    await until(() => !isOpen)
  })
})

describe('an aborted call', () => {
  it('rejects with its reason, and aborts the signal of the handler', async () => {
    const signals: AbortSignal[] = []
    const serve = handlerOf(async ({ signal }) => {
      signals.push(signal)
      await delay(20_000, undefined, { signal })
    })
    const controller = new AbortController()
    const answer = serve(new Request(any, { signal: controller.signal }))
    await until(() => signals.length === 1)
    const reason = { not: 'an error' }
    controller.abort(reason)
    await expect(answer).rejects.toBe(reason)
    await until(() => signals[0]?.aborted === true)
    await expect(serve(new Request(any, { signal: controller.signal }))).rejects.toBe(reason)
    expect(signals).toHaveLength(1)
  })

  it('breaks off an answer that has begun', async () => {
    const stream = new Readable({ read() {} })
    stream.push('first')
    const serve = handlerOf(() => ({ encoding: 'a/b', stream }))
    const controller = new AbortController()
    const response = await serve(new Request(any, { signal: controller.signal }))
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    controller.abort(new Error('enough'))
    await expect(reader?.read()).rejects.toThrow('enough')
    await until(() => stream.destroyed)
  })
})

describe('a call', () => {
  it('looks to handlers and observers like one over a connection', async () => {
    const registry = new Registry()
    const serve = handlerOf(
      ({ req }) => ({
        encoding: 'application/json',
        body: [req.ip ?? null, req.protocol, req.get('host'), req.url],
      }),
      { observers: [observeMetrics(registry)] },
    )
    const secure = new Request('https://pds.test/xrpc/io.example.outAny?kind=a%20b#part')
    const path = '/xrpc/io.example.outAny?kind=a%20b'
    expect(await (await serve(secure, { remoteAddress: '2001:db8::1' })).json()).toEqual([
      '2001:db8::1',
      'https',
      'pds.test',
      path,
    ])
    const forwarded = new Request(any, { headers: { host: 'front.test' } })
    expect(await (await serve(forwarded)).json()).toEqual([
      null,
      'http',
      'front.test',
      '/xrpc/io.example.outAny',
    ])
    expect(await registry.metrics()).toContain('method="io.example.outAny",status="200"')
  })

  it('honours its deadline', async () => {
    const serve = handlerOf(({ signal }) => once(signal, 'abort'), { deadline: 30 })
    expect((await serve(new Request(any))).status).toBe(504)
  })

  it('does not forward connection headers of the host', async () => {
    const serve = handlerOf(({ req }) => ({ encoding: 'application/json', body: req.headers }))
    const headers = { te: 'trailers', 'keep-alive': 'timeout=5', 'x-own': 'kept' }
    const response = await serve(new Request(any, { headers }))
    expect(await response.json()).toEqual({
      host: 'host.test:8080',
      'x-own': 'kept',
      connection: 'close',
    })
    expect(response.headers.has('connection')).toBe(false)
  })

  it('keeps cookies separate', async () => {
    const serve = handlerOf(({ res }) => {
      res.setHeader('set-cookie', ['a=1', 'b=2'])
    })
    expect((await serve(new Request(any))).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('without an address shares one rate limit with all others', async () => {
    const service = serviceOf(documents, {
      rateLimits: {
        creator: (options) => new MemoryRateLimiter(options),
        global: [{ name: 'all', durationMs: 60_000, points: 1 }],
      },
    })
    service.method('io.example.bare', () => undefined)
    const serve = service.createFetchHandler()
    const bare = `${origin}/xrpc/io.example.bare`
    const statuses = [await serve(new Request(bare)), await serve(new Request(bare))]
    expect(statuses.map(({ status }) => status)).toEqual([200, 429])
  })
})
