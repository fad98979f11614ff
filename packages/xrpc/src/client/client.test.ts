import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { AtpAgent } from '@atproto/api'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RunningServer } from '../http/listen.ts'
import { clientMethod } from '../testing/client-methods.ts'
import { documents } from '../testing/documents.ts'
import { handlers } from '../testing/handlers.ts'
import { rateLimited, serviceOf } from '../testing/pair.ts'
import { CallError } from './call-error.ts'
import { Client } from './client.ts'
import type { Bytes, Procedure, Query } from './method.ts'

class DeclaredError extends CallError<'Declared'> {
  static override readonly declared = 'io.example.fail#Declared'
}

class OutDeclaredError extends CallError<'Declared'> {
  static override readonly declared = 'io.example.out#Declared'
}

type Kind = { kind?: string }
const params = clientMethod('params') as Query<{ s?: string; a?: string[] }, { seen: string }>
const required = clientMethod('required') as Query<{ s: string; i: number }, { seen: string }>
const fail = clientMethod('fail', { errors: [DeclaredError] }) as Query<Kind, undefined>
const out = clientMethod('out', { errors: [OutDeclaredError] }) as Query<Kind, { n: number }>
const outAny = clientMethod('outAny') as Query<Kind, Uint8Array>
const outNone = clientMethod('outNone') as Query<Kind, undefined>
const auth = clientMethod('auth') as Procedure<{ s: string }, { seen: string }, Kind>
const blob = clientMethod('blob') as Procedure<Bytes, Uint8Array, object>
const nothing = clientMethod('nothing') as Procedure<undefined, undefined, object>

const service = serviceOf(documents, { ...rateLimited() })
for (const [nsid, config] of handlers()) service.method(nsid, config)
let listening: RunningServer
let client: Client

/** A server whose answers each test defines. */
let listener: RequestListener
const odd = createServer((req, res) => listener(req, res))
let oddClient: Client

const originOf = (port: number): string => `http://127.0.0.1:${port}`

beforeAll(async () => {
  listening = await service.listen({ host: '127.0.0.1' })
  client = new Client(originOf(listening.port))
  await once(odd.listen(0, '127.0.0.1'), 'listening')
  oddClient = new Client(originOf((odd.address() as AddressInfo).port), { maxBytes: 1_000 })
})
afterAll(async () => {
  odd.closeAllConnections()
  odd.close()
  await listening.close(0)
})

async function thrown(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a client', () => {
  it('returns status, headers and data', async () => {
    const { status, headers, data } = await client.call(out, { kind: 'headers' })
    expect([status, headers.get('x-one'), data]).toEqual([200, '1', { n: 1 }])
  })

  it('throws a declared error as its class, and any other as the base class', async () => {
    const declared = await thrown(client.call(fail, { kind: 'declared' }))
    expect(declared).toBeInstanceOf(DeclaredError)
    expect(declared).toMatchObject({ status: 400, error: 'Declared', message: 'as declared' })
    const busy = await thrown(client.call(fail, { kind: 'declared503' }))
    expect(busy).toBeInstanceOf(CallError)
    expect(busy).not.toBeInstanceOf(DeclaredError)
    expect(busy).toMatchObject({ status: 503, error: 'Busy' })
  })

  it('exposes the headers of an error', async () => {
    listener = (_, res) => res.writeHead(429, { 'retry-after': '1' }).end()
    const error = await thrown(oddClient.call(params))
    expect((error as CallError).headers?.get('retry-after')).toBe('1')
  })

  it('sends its own headers, and those of a call override them', async () => {
    const own = new Client(originOf(listening.port), {
      headers: { Authorization: 'mine', 'X-Custom': 'own' },
    })
    const { data } = await own.call(auth, { s: 'x' })
    expect(data.seen).toContain("user: 'mine'")
    const headers = new Headers({ authorization: 'yours' })
    const second = await own.call(auth, { s: 'x' }, { headers, params: { kind: 'k' } })
    expect(second.data.seen).toContain("user: 'yours'")
    expect(second.data.seen).toContain("'own'")
    expect(second.data.seen).toContain("kind: 'k'")
  })

  it('reads and sends streams', async () => {
    const stream = Readable.toWeb(Readable.from([Buffer.from('one '), Buffer.from('two')]))
    const response = await client.request(blob, stream as ReadableStream<Uint8Array>, {
      encoding: 'a/b',
    })
    expect(response.headers.get('content-type')).toBe('a/b')
    let text = ''
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk)
    expect(text).toBe('one two')
    expect(await thrown(client.request(fail, { kind: 'declared' }))).toBeInstanceOf(DeclaredError)
  })

  it('calls methods without input and output', async () => {
    expect(await client.call(nothing)).toMatchObject({ status: 200, data: undefined })
    expect(await client.call(outNone, { kind: 'nothing' })).toMatchObject({ data: undefined })
  })

  it('rejects with the reason of its signal, before, during and after the headers of an answer', async () => {
    const reason = new Error('enough')
    expect(await thrown(client.call(params, {}, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    )

    const begin: RequestListener[] = [
      () => controller.abort(reason),
      (_, res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).write('{')
        setImmediate(() => controller.abort(reason))
      },
      (_, res) => {
        res.writeHead(500, { 'content-type': 'application/json' }).write('{')
        setImmediate(() => controller.abort(reason))
      },
    ]
    let controller = new AbortController()
    for (const one of begin) {
      controller = new AbortController()
      listener = one
      expect(await thrown(oddClient.call(params, {}, { signal: controller.signal }))).toBe(reason)
    }
  })

  it('reports that there was no answer', async () => {
    const closed = createServer()
    await once(closed.listen(0, '127.0.0.1'), 'listening')
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const refused = await thrown(new Client(originOf(port)).call(params))
    expect(refused).toBeInstanceOf(CallError)
    expect(refused).toMatchObject({ status: 1, error: 'Unknown', headers: undefined })
    expect((refused as CallError).cause).toMatchObject({ message: 'fetch failed' })

    listener = (_, res) => res.destroy()
    expect(await thrown(oddClient.call(params))).toMatchObject({ status: 1, error: 'Unknown' })
    listener = (_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{"a":')
      setImmediate(() => res.destroy())
    }
    expect(await thrown(oddClient.call(params))).toMatchObject({ status: 1, error: 'Unknown' })

    const failing = (): never => {
      throw new Error('no session')
    }
    expect(await thrown(new Client(failing).call(params))).toMatchObject({ message: 'no session' })
  })

  it('follows a redirect', async () => {
    listener = (req, res) => {
      if (req.url === '/elsewhere')
        res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      else res.writeHead(307, { location: '/elsewhere' }).end()
    }
    expect(await oddClient.call(params)).toMatchObject({ status: 200, data: {} })
  })
})

describe('a service', () => {
  const serve = service.createFetchHandler()
  const inMemory = (path: string, init: RequestInit): Promise<Response> =>
    serve(new Request(new URL(path, 'http://host.test'), init))
  const agent = (): AtpAgent => new AtpAgent({ service: originOf(listening.port) })

  it.each<[string, () => Client]>([
    ['a URL', () => new Client(new URL('/ignored?x', originOf(listening.port)))],
    ['a function', () => new Client(inMemory)],
    ['an object with "handle", as of @atcute/client', () => new Client({ handle: inMemory })],
    ['an agent of @atproto/api', () => new Client(agent())],
    ['its session', () => new Client(agent().sessionManager)],
    [
      'an origin with a fetch of the caller',
      () =>
        new Client('http://host.test', {
          fetch: (url, init) => serve(new Request(url as URL, init)),
        }),
    ],
  ])('may be %s', async (_, make) => {
    const made = make()
    expect((await made.call(params, { a: ['x', 'y'] })).data.seen).toContain("a: [ 'x', 'y' ]")
    const { data } = await made.call(auth, { s: 'é' }, { headers: { authorization: 'me' } })
    expect(data.seen).toContain("s: 'é'")
    expect(await thrown(made.call(fail, { kind: 'declared' }))).toBeInstanceOf(DeclaredError)
  })

  it('is refused unless it is an address', () => {
    expect(() => new Client('example.com')).toThrow('Invalid URL')
  })
})

describe('an answer of a hostile server', () => {
  const typed = (type: string, status: number, body: string): RequestListener => {
    return (_, res) => res.writeHead(status, { 'content-type': type }).end(body)
  }
  const json = (status: number, body: unknown): RequestListener =>
    typed('application/json', status, JSON.stringify(body))

  it.each<[string, RequestListener, object]>([
    ['a page', typed('text/html', 200, '<h1>Log in</h1>'), { status: 2, error: 'InvalidResponse' }],
    ['no media type', (_, res) => res.end('{}'), { status: 2, error: 'InvalidResponse' }],
    ['JSON in a name only', typed('text/json-ish', 200, '{}'), { status: 2 }],
    ['broken JSON', typed('application/json', 200, '{"a":'), { status: 2 }],
    ['nothing', typed('application/json', 200, ''), { status: 2 }],
    ['no content', (_, res) => res.writeHead(204).end(), { status: 2 }],
    ['too much', typed('application/json', 200, `"${'x'.repeat(1_001)}"`), { status: 2 }],
    ['deep JSON', typed('application/json', 200, '['.repeat(900)), { status: 2 }],
    [
      'a page as an error',
      typed('text/html', 502, '<h1>nginx'),
      { status: 502, error: 'UpstreamFailure', message: 'UpstreamFailure' },
    ],
    [
      'broken JSON as an error',
      typed('application/json', 429, '{'),
      { status: 429, error: 'RateLimitExceeded' },
    ],
    [
      'nothing as an error',
      (_, res) => res.writeHead(404).end(),
      { status: 404, error: 'XRPCNotSupported' },
    ],
    ['null as an error', json(400, null), { status: 400, error: 'InvalidRequest' }],
    ['an array as an error', json(418, ['Declared']), { status: 418, error: 'InvalidRequest' }],
    [
      'a name that is no text',
      json(599, { error: { toString: 1 }, message: 5 }),
      { status: 599, error: 'InternalServerError' },
    ],
    [
      'empty texts',
      json(401, { error: '', message: '' }),
      { error: 'AuthenticationRequired', message: 'AuthenticationRequired' },
    ],
    [
      'not modified',
      (_, res) => res.writeHead(304).end(),
      { status: 304, error: 'XRPCNotSupported' },
    ],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'prototype',
      '#Declared',
      'com.example#x',
      'Declared#Declared',
    ].map((error): [string, RequestListener, object] => [
      `the name ${error}`,
      (_, res) =>
        res
          .writeHead(400, { 'content-type': 'application/json' })
          .end(`{"error":"${error}","__proto__":{"error":"x"}}`),
      { status: 400, error, message: error },
    ]),
  ])('%s is an error', async (_, one, expected) => {
    listener = one
    const error = await thrown(oddClient.call(out))
    expect(error).toBeInstanceOf(CallError)
    expect(error).not.toBeInstanceOf(OutDeclaredError)
    expect(error).toMatchObject(expected)
  })

  const endless = (status: number, type: string): RequestListener => {
    return async (_, res) => {
      res.writeHead(status, { 'content-type': type })
      const chunk = Buffer.alloc(65_536, ' ')
      const closed = once(res, 'close')
      while (!res.destroyed) {
        if (!res.write(chunk)) await Promise.race([once(res, 'drain'), closed])
      }
    }
  }

  it.each<[string, number, Query<Kind, unknown>, object]>([
    ['output', 200, out, { status: 2, error: 'InvalidResponse' }],
    ['bytes', 200, outAny, { status: 2, error: 'InvalidResponse' }],
    ['error', 503, out, { status: 503, error: 'NotEnoughResources' }],
  ])('an endless %s is cut off', async (_, status, method, expected) => {
    let closed: Promise<unknown> | undefined
    listener = (req, res) => {
      closed = once(res, 'close')
      endless(status, 'application/json')(req, res)
    }
    expect(await thrown(oddClient.call(method))).toMatchObject(expected)
    await closed
  })

  it('an endless body that is not declared is not read', async () => {
    listener = endless(200, 'text/plain')
    expect(await oddClient.call(outNone)).toMatchObject({ status: 200, data: undefined })
  })

  it('headers that are too large count as no answer', async () => {
    listener = (_, res) => res.writeHead(200, { 'x-huge': 'x'.repeat(200_000) }).end()
    expect(await thrown(oddClient.call(out))).toMatchObject({ status: 1, error: 'Unknown' })
  })
})

/** Checked by the compiler, never run. */
export async function types(): Promise<void> {
  const { data } = await client.call(params, { s: 'x' })
  data.seen satisfies string
  await client.call(params)
  await client.call(required, { s: 'x', i: 1 })
  // @ts-expect-error parameters are required
  await client.call(required)
  // @ts-expect-error a parameter has another type
  await client.call(required, { s: 'x', i: 'one' })
  // @ts-expect-error there is no such parameter
  await client.call(params, { unknown: 1 })
  await client.call(nothing)
  // @ts-expect-error an input is required
  await client.call(auth)
  const needing = blob as Procedure<Bytes, Uint8Array, { id: string }>
  await client.call(needing, 'x', { params: { id: '1' } })
  // @ts-expect-error parameters of a procedure are required
  await client.call(needing, 'x')
}
