import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Duplex, duplexPair } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Outcome } from '../observe/observer.ts'
import { open, until } from '../testing/client.ts'
import { directTestServer, isNodes, json, keep, nextAnswer } from '../testing/direct.ts'
import { documents } from '../testing/documents.ts'
import { type Answer, exchange, parseAnswers } from '../testing/exchange.ts'
import { serviceOf } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'
import { any } from '../testing/serve.ts'

const server = directTestServer()
const { serve } = server
const raw = '/xrpc/io.example.raw'

/** Too large for the buffers of a connection: a client has to take it. */
const LARGE = 20_000_000
const large = json('x'.repeat(LARGE))

/** A client that takes nothing for now. */
async function openPaused(port: number, request: string): Promise<Socket> {
  const socket = await open(port, request)
  socket.pause()
  return socket
}

/** Takes the rest of an answer, and some time more in which nothing else may come. A large body is `whole`. */
async function takeAll(socket: Socket): Promise<readonly unknown[]> {
  const chunks: Buffer[] = []
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
  })
  socket.resume()
  await until(() => size > LARGE)
  await delay(100)
  return parseAnswers(Buffer.concat(chunks).toString('latin1')).map((answer) =>
    typeof answer === 'string' || answer.body !== JSON.stringify(large.body)
      ? answer
      : { ...answer, body: 'whole' },
  )
}

describe('an answer that is not taken at once', () => {
  it('may be taken for longer than a request may take', async () => {
    const { port, sockets } = await serve(({ params }) => (params?.kind ? json(1) : large), {
      limits: { headersTimeout: 200, requestTimeout: 300, keepAliveTimeout: 300 },
    })
    const socket = await openPaused(port, get(any, keep))
    // Node looks once in a second.
    await delay(2_600)
    const answers = await takeAll(socket)
    expect(answers).toMatchObject([{ body: 'whole' }])
    socket.write(get(`${any}?kind=x`, keep))
    expect(await nextAnswer(socket)).toContain('200 OK')
    expect(sockets.map(isNodes)).toEqual([false])
    socket.destroy()
  })

  it('does not hold up the end once it is taken', async () => {
    const { port } = await serve(() => large)
    const socket = await openPaused(port, get(any, keep))
    await delay(20)
    expect(await takeAll(socket)).toMatchObject([{ body: 'whole' }])
    const started = performance.now()
    expect(await server.running.close(30_000)).toBe(0)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('is finished when the server closes', async () => {
    const { port } = await serve(() => large)
    const socket = await openPaused(port, get(any, keep))
    await delay(20)
    const closing = server.running.close(30_000)
    await delay(100)
    expect(await takeAll(socket)).toMatchObject([{ body: 'whole' }])
    expect(await closing).toBe(0)
  })

  it('is finished for a client that has closed its side', async () => {
    const { port } = await serve(() => large)
    const socket = await openPaused(port, get(any, keep))
    await delay(20)
    socket.end()
    expect(await takeAll(socket)).toMatchObject([{ body: 'whole' }])
    await until(() => socket.closed)
  })

  it.each([
    ['the client has said so', { Connection: 'close' }, {}],
    ['the connection has made all its requests', keep, { maxRequestsPerSocket: 1 }],
  ])('is the last one when %s', async (_, headers, limits) => {
    let calls = 0
    const { port, sockets } = await serve(
      () => {
        calls++
        return large
      },
      { limits },
    )
    const socket = await openPaused(port, get(any, headers))
    await until(() => calls === 1)
    socket.write(post(raw, '{"s":"x"}', keep))
    await delay(50)
    expect(await takeAll(socket)).toMatchObject([{ headers: { connection: 'close' } }])
    await until(() => sockets[0]?.closed === true)
    expect(calls).toBe(1)
  })

  it('is not waited for by a client that asks on: it gets its answers in order', async () => {
    let calls = 0
    const { port } = await serve(({ params }) => {
      calls++
      return params?.kind ? json(2) : large
    })
    const socket = await openPaused(port, get(any, keep))
    await until(() => calls === 1)
    socket.write(get(`${any}?kind=x`, keep))
    await until(() => calls === 2)
    expect(await takeAll(socket)).toMatchObject([{ body: 'whole' }, { body: '2' }])
    socket.destroy()
  })

  it.each([false, true])('is waited for so long and not longer; asked on: %s', async (asksOn) => {
    let calls = 0
    const { port, sockets } = await serve(
      () => {
        calls++
        return large
      },
      { limits: { stallTimeout: 300 } },
    )
    const socket = await openPaused(port, get(any, keep))
    await until(() => calls === 1)
    if (asksOn) socket.write(get(any, keep))
    await until(() => sockets[0]?.closed === true)
    socket.destroy()
  })

  it('has its own timer when the one before has just been taken', async () => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', () => json('x'))
    const http = service.createHttpServer({ limits: { stallTimeout: 50 } })
    const timers: number[] = []
    let writes = 0
    const end = new (class extends Duplex {
      override _read(): void {}
      override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
        writes++
        // The first answer takes a while, its end as well; the second is never taken.
        if (writes < 3) setTimeout(done, 20)
      }
      setTimeout(milliseconds: number): this {
        timers.push(milliseconds)
        return this
      }
    })()
    http.emit('connection', end)
    end.push(get(any, keep))
    await until(() => writes === 2)
    end.push(get(any, keep))
    await until(() => timers.length === 2)
    await delay(60)
    expect(timers).toEqual([50, 50])
    expect(end.listenerCount('timeout')).toBe(1)
    end.destroy()
  })

  it('is not waited for when the client only sends on after the last one', async () => {
    const { port, sockets } = await serve(() => large)
    const socket = await openPaused(port, get(any))
    await until(() => sockets[0]?.writableLength !== 0)
    const sending = setInterval(() => socket.write('x'), 5)
    await until(() => sockets[0]?.closed === true)
    clearInterval(sending)
    socket.destroy()
  })

  it('leaves no timer of its own to Node', async () => {
    const { port, sockets } = await serve(() => large, {
      limits: { stallTimeout: 300, headersTimeout: 3_000 },
    })
    const socket = await openPaused(port, get(any, keep))
    await until(() => sockets[0]?.writableLength !== 0)
    socket.write(get(any, keep).slice(0, 20))
    await until(() => isNodes(sockets[0]))
    expect(await takeAll(socket)).toMatchObject([{ body: 'whole' }])
    expect(await nextAnswer(socket)).toMatch(/^HTTP\/1.1 408/)
  })

  it('may be taken little by little for longer than it may stand still', async () => {
    const { port } = await serve(() => large, { limits: { stallTimeout: 1_000 } })
    const socket = await openPaused(port, get(any, keep))
    let size = 0
    let isSlow = true
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (isSlow) socket.pause()
    })
    for (let n = 0; n < 250; n++) {
      await delay(8)
      socket.resume()
    }
    expect(size).toBeLessThan(LARGE)
    isSlow = false
    socket.resume()
    await until(() => size > LARGE)
    // It stands still now, with nothing left to take.
    await delay(1_500)
    expect(socket.closed).toBe(false)
    socket.destroy()
  })

  it('is one that the client has not had, for observers, when it breaks off', async () => {
    const outcomes: Outcome[] = []
    const { port, sockets } = await serve(() => large, {
      observers: [
        (call, next) => {
          call.onEnd((outcome) => outcomes.push(outcome))
          next()
        },
      ],
    })
    const socket = await openPaused(port, get(any, keep))
    await until(() => sockets[0]?.writableLength !== 0)
    expect(outcomes).toEqual([])
    socket.resetAndDestroy()
    await until(() => outcomes.length > 0)
    expect(outcomes).toEqual(['aborted'])
  })

  it('is one that the client has not had when it cannot even be begun', async () => {
    const outcomes: Outcome[] = []
    let client: Socket | undefined
    const { port } = await serve(
      () => {
        client?.resetAndDestroy()
        return json({})
      },
      {
        observers: [
          (call, next) => {
            call.onEnd((outcome) => outcomes.push(outcome))
            next()
          },
        ],
      },
    )
    client = await open(port, get(any, keep))
    await until(() => outcomes.length > 0)
    expect(outcomes).toEqual(['aborted'])
  })
})

describe('a connection on which nothing is under way', () => {
  it('may still bring its first request when the server closes', async () => {
    const { port, sockets } = await serve(() => json({}))
    const socket = await open(port, '')
    await until(() => sockets.length === 1)
    const closing = server.running.close(30_000)
    await delay(50)
    socket.write(get(any, keep))
    expect(await nextAnswer(socket)).toContain('200 OK')
    expect(await closing).toBe(0)
  })

  it('does not hold up the end if it has long been silent, whoever has it', async () => {
    const { port, sockets } = await serve(() => json({}))
    const early = await open(port, '')
    await until(() => isNodes(sockets[0]))
    const late = await open(port, '')
    await delay(1_100)
    const started = performance.now()
    expect(await server.running.close(30_000)).toBe(0)
    expect(performance.now() - started).toBeLessThan(10_000)
    early.destroy()
    late.destroy()
  })

  it('is kept when the server is told to keep them', async () => {
    const { port, sockets } = await serve(() => json({}), { limits: { keepAliveTimeout: 100 } })
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    server.running.http.keepAliveTimeout = 0
    await delay(3_000)
    expect(sockets[0]?.closed).toBe(false)
    socket.destroy()
  })

  it('is not woken by an empty line', async () => {
    const { port, sockets } = await serve(() => json({}), {
      limits: { keepAliveTimeout: 100, headersTimeout: 200 },
    })
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    let more = ''
    socket.on('data', (chunk: Buffer) => {
      more += chunk.toString()
    })
    socket.write('\r\n')
    await once(socket, 'close')
    expect(more).toBe('')
    expect(sockets.map(isNodes)).toEqual([false])
  })

  it('is closed in time by a server that does not listen itself', async () => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', () => json({}))
    const http = service.createHttpServer({ limits: { keepAliveTimeout: 100 } })
    const listener = createServer((socket) => http.emit('connection', socket)).listen(0)
    const { port } = listener.address() as AddressInfo
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    await once(socket, 'close')
    listener.close()
  })
})

describe('a request that comes slowly', () => {
  it('has no more time than Node gives it', async () => {
    const { port } = await serve(() => json({}), {
      limits: { headersTimeout: 400, requestTimeout: 500 },
    })
    const request = post(raw, '{"s":"some text in pieces"}', keep)
    const socket = await open(port, request.slice(0, -20))
    const answered = nextAnswer(socket)
    let isAnswered = false
    answered.then(() => {
      isAnswered = true
    })
    let pieces = 0
    while (!isAnswered) {
      await delay(500)
      socket.write(request.at(-20 + pieces++) ?? '')
    }
    expect(await answered).toMatch(/^HTTP\/1.1 408/)
    expect(pieces).toBeLessThan(14)
  })
})

describe('who has a hand on the connections', () => {
  it('may bring any stream for one', async () => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', () => large)
    const http = service.createHttpServer()
    for (const headers of [keep, { ...keep, 'If-None-Match': 'x' }]) {
      const [client, end] = duplexPair()
      http.emit('connection', end)
      for (const _ of [1, 2]) {
        let size = 0
        const taken = new Promise<void>((resolve) => {
          client.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > LARGE) resolve()
          })
        })
        client.write(get(any, headers))
        await taken
        client.removeAllListeners('data')
      }
      client.destroy()
    }
  })

  it('may stop one', async () => {
    let calls = 0
    const { port, sockets } = await serve(() => {
      calls++
      return json({})
    })
    server.running.http.prependListener('connection', (socket: Socket) => {
      setImmediate(() => socket.pause())
    })
    const socket = await open(port, '')
    await until(() => sockets[0]?.isPaused() === true)
    socket.write(get(any, keep))
    await delay(50)
    expect(calls).toBe(0)
    sockets[0]?.resume()
    expect(await nextAnswer(socket)).toContain('200 OK')
    socket.destroy()
  })

  it('may set a timer, which ends a connection on which nothing is under way', async () => {
    let isAnswered = false
    const { port, sockets } = await serve(async ({ params }) => {
      if (params?.kind) await delay(300)
      isAnswered = true
      return json({})
    })
    server.running.http.on('connection', (socket: Socket) => socket.setTimeout(100))
    const [idle, busy] = await Promise.all([open(port, ''), open(port, get(`${any}?kind=x`, keep))])
    expect(await nextAnswer(busy)).toContain('200 OK')
    expect(isAnswered).toBe(true)
    await until(() => sockets.some(({ closed }) => closed))
    for (const socket of [idle, busy]) socket.destroy()
  })

  it('may read along', async () => {
    const { port, sockets } = await serve(() => json({}))
    let seen = ''
    server.running.http.on('connection', (socket: Socket) => {
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
      })
    })
    const request = get(any, keep)
    const socket = await open(port, request)
    expect(await nextAnswer(socket)).toContain('200 OK')
    socket.write(request)
    expect(await nextAnswer(socket)).toContain('200 OK')
    expect(seen).toBe(request + request)
    expect(sockets).toHaveLength(1)
    socket.destroy()
  })

  it('may close one under a call, which finds its request all the same', async () => {
    const outcomes: Outcome[] = []
    const seen: unknown[] = []
    const { port, sockets } = await serve(
      ({ req, res }) => {
        seen.push(req.url, res.headersSent)
        return json({})
      },
      {
        observers: [
          (call, next) => {
            call.onEnd((outcome) => outcomes.push(outcome))
            sockets[0]?.destroy()
            next()
          },
        ],
      },
    )
    const socket = await open(port, get(any, keep))
    await until(() => socket.closed && outcomes.length > 0)
    expect(outcomes).toEqual(['aborted'])
    expect(seen).toEqual([any, false])
  })
})

describe('a limit of requests', () => {
  it('holds for what comes after those that were served directly', async () => {
    let calls = 0
    const { port, sockets } = await serve(() => json(++calls), {
      limits: { maxRequestsPerSocket: 3 },
    })
    const socket = await open(port, get(any, keep))
    await nextAnswer(socket)
    expect(sockets.map(isNodes)).toEqual([false])
    const dropped: (string | undefined)[] = []
    server.running.http.on('dropRequest', ({ url }: { url?: string }) => dropped.push(url))
    socket.write(get(any, keep) + get(any, keep) + get(`${any}?kind=late`, keep))
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(socket, 'close')
    const answers = parseAnswers(Buffer.concat(chunks).toString('latin1')) as Answer[]
    expect(answers.slice(0, 2)).toMatchObject([{ body: '2' }, { body: '3' }])
    expect(calls).toBe(3)
    expect(dropped).toEqual([`${any}?kind=late`])
  })
})

describe('limits of a head', () => {
  it('may be lower than those of a plain one', async () => {
    const { port } = await serve(() => json({}), { limits: { maxHeaderSize: 1_000 } })
    const [small, large] = await Promise.all(
      [100, 2_000].map((size) => exchange(port, get(any, { 'X-Custom': 'x'.repeat(size) }))),
    )
    expect(small).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
    expect(large).toMatchObject([{ status: 'HTTP/1.1 431 Request Header Fields Too Large' }])
  })

  it('bound the number of headers', async () => {
    const { port } = await serve(() => json({}))
    const request = get(any, { A: '1', B: '2', C: '3' })
    expect(await exchange(port, request)).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
    server.running.http.maxHeadersCount = 3
    expect(await exchange(port, request)).not.toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
  })
})
