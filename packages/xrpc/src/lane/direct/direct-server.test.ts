import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { CallMetrics } from '../observe/call-metrics.ts'
import { open, until } from '../testing/client.ts'
import { directTestServer, isNodes, json, keep, nextAnswer } from '../testing/direct.ts'
import { type Answer, converse, exchange, parseAnswers } from '../testing/exchange.ts'
import { get, post } from '../testing/requests.ts'
import { any, bare, nothing } from '../testing/serve.ts'

const server = directTestServer()
const { serve } = server
const raw = '/xrpc/io.example.raw'

describe('a plain call', () => {
  it('is served without messages, byte for byte as with them', async () => {
    const answers = [json({ some: 'text' }), json({ more: 'grüße 😀' }), json({})]
    const { port, sockets } = await serve(
      ({ params, input }) => answers[Number(params?.kind ?? input?.body.s)],
    )
    const requestsOf = (headers: Record<string, string>): string[] => [
      ...answers.flatMap((__, at) => [
        get(`${any}?kind=${at}`, headers),
        post(raw, `{"s":"${at}"}`, headers),
      ]),
      get(bare, headers),
      post(nothing, '', { 'Content-Type': '', 'Content-Length': '', ...headers }),
    ]
    for (const plain of [...requestsOf({}), ...requestsOf(keep)]) {
      const seen: string[] = []
      for (const request of [plain, plain.replace('Host: ', 'X-Odd: \t\r\nHost: ')]) {
        const socket = await open(port, request)
        seen.push((await nextAnswer(socket)).replace(/^Date: .*$/m, 'Date: now'))
        socket.destroy()
      }
      expect(seen[0]).toBe(seen[1])
      expect(seen[0]).toContain('HTTP/1.1 200 OK')
      expect(sockets.splice(0).map(isNodes)).toEqual([false, true])
    }
  })

  it('may come in pieces', async () => {
    const { port, sockets } = await serve(({ input }) => json(input?.body))
    const request = post(raw, '{"s":"in pieces"}', keep)
    const head = request.indexOf('\r\n\r\n') + 4
    const socket = await open(port, request.slice(0, head))
    for (const at of [head, head + 4]) {
      await delay(10)
      socket.write(request.slice(at, at === head ? head + 4 : undefined))
    }
    expect(await nextAnswer(socket)).toContain('{"s":"in pieces"}')
    expect(isNodes(sockets[0])).toBe(false)
    socket.destroy()
  })

  it('keeps its order when it is sent before the answer to the last one', async () => {
    let calls = 0
    const { port, sockets } = await serve(async () => {
      const call = ++calls
      await delay(40 - call * 10)
      return json(call)
    })
    const socket = await open(port, get(any, keep))
    await until(() => calls === 1)
    expect(isNodes(sockets[0])).toBe(false)
    socket.write(get(any, keep))
    await until(() => calls === 2)
    socket.write(get(any))
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(socket, 'close')
    const answers = parseAnswers(Buffer.concat(chunks).toString('latin1')) as Answer[]
    expect(answers.map(({ body }) => body)).toEqual(['1', '2', '3'])
  })

  it.each([
    ['two requests in one packet', get(any, keep) + get(any)],
    [
      'a request and the begin of another',
      get(any, keep) + get(any).slice(0, 9),
      get(any).slice(9),
    ],
    [
      'a body and more',
      `${post(raw, '{"s":"x"}', keep)}${get(any).slice(0, 3)}`,
      get(any).slice(3),
    ],
  ])('%s are all answered', async (_, ...packets) => {
    const { port } = await serve(() => json({}))
    const answers = await exchange(port, packets)
    expect(answers).toMatchObject([{ body: '{}' }, { body: '{}' }])
  })

  it('leaves the async context of a handler behind', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const { port, sockets } = await serve(async (context) => {
      seen.push(storage.getStore())
      storage.enterWith('of the first call')
      if (seen.length === 2) await storage.run('of a run', async () => context.req.headers)
      return json({})
    })
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    for (const isHandedOver of [true, true]) {
      socket.write(get(any, keep))
      await nextAnswer(socket)
      expect(isNodes(sockets[0])).toBe(isHandedOver)
    }
    expect(seen).toEqual([undefined, undefined, undefined])
    socket.destroy()
  })
})

describe('a handler that wants to see the request', () => {
  it('finds it, also late', async () => {
    const { port, sockets } = await serve(async (context) => {
      await delay(5)
      const { req, res } = context
      res.setHeader('X-Own', 'yes')
      return json({ url: req.url, custom: req.get('X-Custom'), ip: req.ip, body: req.body ?? null })
    })
    const [asked, sent] = await Promise.all([
      exchange(port, get(`${any}?kind=x`, { 'X-Custom': 'here' })),
      exchange(port, post(raw, '{"s":"x"}')),
    ])
    expect(asked).toMatchObject([
      {
        headers: { 'x-own': 'yes' },
        body: '{"url":"/xrpc/io.example.outAny?kind=x","custom":"here","ip":"::ffff:127.0.0.1","body":null}',
      },
    ])
    expect(sent).toMatchObject([{ body: expect.stringContaining('"body":{"s":"x"}') }])
    expect(sockets.map(isNodes)).toEqual([true, true])
  })

  it('may read a body that has been read', async () => {
    const { port } = await serve(async ({ req, input }) => {
      const chunks: unknown[] = []
      for await (const chunk of req) chunks.push(chunk)
      return json({ chunks, ended: req.readableEnded, complete: req.complete, input: input?.body })
    })
    const [answer] = await exchange(port, post(raw, '{"s":"x"}'))
    expect(answer).toMatchObject({
      body: '{"chunks":[],"ended":true,"complete":true,"input":{"s":"x"}}',
    })
  })

  it('can tell a client that goes from a body that has been read', async () => {
    const { port } = await serve(async ({ req }) => {
      const events: string[] = []
      for (const event of ['end', 'close', 'aborted']) req.on(event, () => events.push(event))
      const { readableEnded, destroyed, closed } = req
      await delay(10)
      req.destroy()
      return json([events, readableEnded, destroyed, closed])
    })
    expect(await exchange(port, post(raw, '{"s":"x"}'))).toMatchObject([
      { body: '[[],true,true,true]' },
    ])
  })

  it('finds it through what it makes of its context', async () => {
    const { port } = await serve((context) => {
      const seen = [{ ...context }, Object.create(context), new Proxy(context, {})]
      return json(seen.map(({ req, signal }) => [req === context.req, signal === context.signal]))
    })
    expect(await exchange(port, get(any))).toMatchObject([
      { body: '[[true,true],[true,true],[true,true]]' },
    ])
  })
})

describe('a client that leaves', () => {
  it.each([
    ['by closing', (socket: Socket) => socket.destroy()],
    ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['by closing its side', (socket: Socket) => socket.end()],
  ])('%s is noticed by a query that has not looked at its signal yet', async (_, leave) => {
    const seen: boolean[] = []
    let isCalled = false
    let look = (): void => {}
    const { port, sockets } = await serve(async (context) => {
      isCalled = true
      await new Promise<void>((resolve) => {
        look = resolve
      })
      seen.push(context.signal.aborted)
    })
    const socket = await open(port, get(any, keep))
    await until(() => isCalled)
    leave(socket)
    await until(() => sockets[0]?.closed === true)
    look()
    await until(() => seen.length === 1)
    expect(seen).toEqual([true])
  })

  it('is counted as one that has', async () => {
    const metrics = new CallMetrics()
    let calls = 0
    const { port } = await serve(
      async () => {
        calls++
        await delay(30)
        return json({})
      },
      { observers: [metrics.observer] },
    )
    const socket = await open(port, get(any, keep))
    await until(() => calls === 1)
    socket.destroy()
    const other = await open(port, get(any, keep))
    await nextAnswer(other)
    other.destroy()
    await until(() => metrics.snapshot()[0]?.calls.size === 2)
    expect(Object.fromEntries(metrics.snapshot()[0]?.calls ?? [])).toEqual({ aborted: 1, 200: 1 })
  })

  it.each([
    ['between requests', ''],
    ['in the middle of a head', get(any).slice(0, 30)],
    ['in the middle of a body', post(raw, '{"s":"x"}').slice(0, -3)],
  ])('%s costs nothing', async (_, bytes) => {
    const { port, sockets } = await serve(() => json({}))
    for (const leave of [(socket: Socket) => socket.end(), (socket: Socket) => socket.destroy()]) {
      const socket = await open(port, bytes)
      await until(() => sockets.length === 1)
      leave(socket)
      await until(() => sockets[0]?.closed === true)
      sockets.length = 0
    }
    expect(await exchange(port, get(any))).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
  })

  it('in the middle of a body is answered as Node answers it', async () => {
    const { port } = await serve(() => json({}))
    const socket = await open(port, post(raw, '{"s":"x"}').slice(0, -3))
    await delay(10)
    socket.end()
    expect(await nextAnswer(socket)).toMatch(/^HTTP\/1.1 400 Bad Request/)
  })
})

describe('limits of a connection', () => {
  it('closes it after so many requests, wherever they were served', async () => {
    const { port, sockets } = await serve(({ params, req }) => json(params?.kind ? req.url : 1), {
      limits: { maxRequestsPerSocket: 3 },
    })
    const { port: quiet, sockets: quietSockets } = { port, sockets }
    for (const [handed, path] of [
      [false, any],
      [true, `${any}?kind=x`],
    ] as const) {
      const socket = await open(quiet, get(any, keep))
      expect(await nextAnswer(socket)).toContain('Keep-Alive: timeout=5, max=3')
      for (const connection of ['keep-alive', 'close']) {
        socket.write(get(path, keep))
        expect(await nextAnswer(socket)).toContain(`Connection: ${connection}`)
      }
      await once(socket, 'close')
      expect(handed).toBe(path !== any)
    }
    expect(quietSockets).toHaveLength(2)
  })

  it('closes one that is idle, and leaves one that says nothing to the limits of Node', async () => {
    const { port, sockets } = await serve(({ params }) => json(params ?? null), {
      limits: { keepAliveTimeout: 30, headersTimeout: 1_500 },
    })
    const idle = await open(port, get(any, keep))
    await nextAnswer(idle)
    expect(isNodes(sockets[0])).toBe(false)
    const silent = converse(port, '')
    await once(idle, 'close')
    expect(parseAnswers(String(await silent))).toMatchObject([
      { status: 'HTTP/1.1 408 Request Timeout' },
    ])
  })

  it('answers 408 to one whose body stops coming', async () => {
    const { port, sockets } = await serve(() => json({}), {
      limits: { headersTimeout: 200, requestTimeout: 300 },
    })
    const socket = await open(port, post(raw, '{"s":"x"}').slice(0, -1))
    expect(await nextAnswer(socket)).toMatch(/^HTTP\/1.1 408/)
    expect(sockets).toHaveLength(1)
  })

  it('gives Node a body in very many pieces, and a large one', async () => {
    const { port, sockets } = await serve(({ input }) => json({ size: input?.body.s.length }))
    const large = { s: 'x'.repeat(80_000) }
    expect(await exchange(port, post(raw, JSON.stringify(large)))).toMatchObject([
      { body: '{"size":80000}' },
    ])
    const request = post(raw, '{"s":"some text in pieces"}', keep)
    const head = request.indexOf('\r\n\r\n') + 4
    const socket = await open(port, request.slice(0, head))
    for (const byte of request.slice(head)) {
      await delay(3)
      socket.write(byte)
    }
    expect(await nextAnswer(socket)).toContain('200 OK')
    expect(sockets.map(isNodes)).toContain(true)
    socket.destroy()
  })

  it('closes one that does not take its answer', async () => {
    const { port, sockets } = await serve(() => json('x'.repeat(20_000_000)), {
      limits: { stallTimeout: 100 },
    })
    const socket = await open(port, get(any, keep))
    socket.pause()
    await until(() => sockets[0]?.closed === true)
    socket.destroy()
  })

  it('sends a large answer whole to one that does', async () => {
    const metrics = new CallMetrics()
    const { port } = await serve(() => json('é'.repeat(5_000_000)), {
      observers: [metrics.observer],
    })
    for (const headers of [keep, {}]) {
      const socket = await open(port, get(any, headers))
      let bytes = 0
      let closes = false
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      socket.on('close', () => {
        closes = true
      })
      await until(() => bytes > 10_000_000)
      if (headers !== keep) await until(() => closes)
      socket.destroy()
    }
    expect(metrics.snapshot()[0]?.calls.get('200')).toBe(2)
  })
})

describe('a deadline', () => {
  it('ends a call that has looked at nothing', async () => {
    const { port, sockets } = await serve(() => delay(30_000, undefined, { ref: false }), {
      deadline: 30,
    })
    const [answer] = await exchange(
      port,
      post(nothing, '', { 'Content-Type': '', 'Content-Length': '' }),
    )
    expect(answer).toMatchObject({ status: 'HTTP/1.1 504 Gateway Timeout' })
    expect(sockets).toHaveLength(1)
  })
})

describe('closing', () => {
  it('ends idle connections at once, and those at work when all are to end', async () => {
    let calls = 0
    const { port, sockets } = await serve(async ({ params }) => {
      calls++
      if (params?.kind) await delay(60_000, undefined, { ref: false })
      return json({})
    })
    const { http } = server.running
    const idle = await open(port, get(any, keep))
    await nextAnswer(idle)
    const busy = await open(port, get(`${any}?kind=x`, keep))
    await until(() => calls === 2)
    http.closeIdleConnections()
    await once(idle, 'close')
    expect(busy.closed).toBe(false)
    http.closeAllConnections()
    await until(() => sockets.every(({ closed }) => closed))
  })
})
