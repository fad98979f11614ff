import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { open, until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { type Answer, converse, exchange, parseAnswers } from '../testing/exchange.ts'
import { openPair, serviceOf } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'
import { any, bare, serveHandler, testServer } from '../testing/serve.ts'

const server = testServer()
const { serve } = server

describe('limits of a connection', () => {
  it('closes it when too many requests wait on it', async () => {
    let calls = 0
    const port = await serve(
      async () => {
        calls++
        await delay(20_000, undefined, { ref: false })
      },
      { maxPipelined: 10 },
    )
    const bytes = await converse(port, get(any, { Connection: '' }).repeat(500))
    expect(bytes.length).toBe(0)
    expect(calls).toBeLessThanOrEqual(11)
  })

  it('handles ten thousand requests in one packet', async () => {
    let calls = 0
    const port = await serve(() => void calls++)
    const bytes = await converse(port, get(bare, { Connection: '' }).repeat(10_000))
    expect(String(bytes).split('HTTP/1.1 200 OK').length - 1).toBeLessThanOrEqual(calls)
    expect(await exchange(port, get(bare))).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
  })

  it('treats a half-closed connection as a client that has gone', async () => {
    const signals: AbortSignal[] = []
    const port = await serve(async ({ signal }) => {
      signals.push(signal)
      await delay(20_000, undefined, { signal, ref: false })
    })
    const socket = await open(port, get(any))
    await until(() => signals.length === 1)
    socket.end()
    await until(() => signals[0]?.aborted === true && socket.closed)
  })

  it('answers 408 when a body does not arrive', async () => {
    const port = await serve(() => {}, { limits: { headersTimeout: 200, requestTimeout: 300 } })
    const request = post('/xrpc/io.example.raw', '{"s":"x"}').slice(0, -1)
    const [late] = parseAnswers(String(await converse(port, request)))
    expect(late).toMatchObject({ status: 'HTTP/1.1 408 Request Timeout' })
  })

  it('answers up to the maximum of pipelined requests, in order', async () => {
    let calls = 0
    const port = await serve(async () => {
      const call = ++calls
      await delay(30 - call * 5)
      return { encoding: 'text/plain', body: `${call}` }
    })
    const answers = await exchange(port, get(any, { Connection: '' }).repeat(4) + get(any))
    expect(answers.map((answer) => (answer as Answer).body)).toEqual(['1', '2', '3', '4', '5'])
  })

  it('closes an idle one, and keeps one with a slow handler', async () => {
    const port = await serve(() => delay(150), {
      limits: { keepAliveTimeout: 30, stallTimeout: 60 },
    })
    const socket = await open(port, get(bare, { Connection: 'keep-alive' }))
    const [bytes] = await once(socket, 'data')
    expect(String(bytes)).toContain('HTTP/1.1 200 OK')
    expect(server.running.http.keepAliveTimeout).toBe(30)
    await once(socket, 'close')
  })

  it('lets a handler finish, whatever the timeout of its socket', async () => {
    const port = await server.serve(() => delay(500, { encoding: 'application/json', body: {} }))
    server.running.http.setTimeout(50)
    expect(await exchange(port, get(any))).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
  })

  it('closes one that does not read its answer', async () => {
    const port = await serve(() => ({ encoding: 'a/b', buffer: Buffer.alloc(20_000_000) }), {
      limits: { stallTimeout: 100 },
    })
    let connections = 1
    server.running.http.on('connection', (server) => server.on('close', () => connections--))
    const socket = await open(port, get(any))
    socket.pause()
    await until(() => connections === 0)
    socket.destroy()
  })

  it('answers 408 when headers do not arrive, and 431 when there are too many', async () => {
    const port = await serve(() => {}, { limits: { headersTimeout: 300, maxHeaderSize: 2_000 } })
    const [late] = parseAnswers((await converse(port, `GET ${any} HTTP/1.1\r\nHost:`)).toString())
    expect(late).toMatchObject({ status: 'HTTP/1.1 408 Request Timeout' })
    const [large] = await exchange(port, get(any, { 'X-Large': 'x'.repeat(4_000) }))
    expect(large).toMatchObject({ status: 'HTTP/1.1 431 Request Header Fields Too Large' })
  })

  it('serves a request that offers another protocol', async () => {
    const port = await serve(() => ({ encoding: 'text/plain', body: 'as ever' }))
    const [answer] = await exchange(
      port,
      get(any, { Connection: 'close, Upgrade', Upgrade: 'h2c' }),
    )
    expect(answer).toMatchObject({ body: 'as ever' })
  })
})

describe('listen', () => {
  it.each([
    [undefined, 'localhost'],
    ['0.0.0.0', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
  ])('on %s is reachable at %s', async (host, name) => {
    const port = await serve(() => undefined, host === undefined ? {} : { host })
    const { url } = server.running
    expect(url).toBe(`http://${name}:${port}`)
    expect((await fetch(url + bare)).status).toBe(200)
  })

  it('fails for an address in use', async () => {
    const port = await serve(() => {})
    await expect(serveHandler(() => {}, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('large bodies', () => {
  it('apply backpressure for a slow reader', async () => {
    let read = 0
    const port = await serve(() => ({
      encoding: 'a/b',
      stream: new Readable({
        highWaterMark: 65_536,
        read() {
          read += 65_536
          this.push(read > 64_000_000 ? null : Buffer.alloc(65_536))
        },
      }),
    }))
    const socket = await open(port, get(any))
    socket.pause()
    await delay(200)
    // Kernel buffers on both sides, and one of ours.
    expect(read).toBeLessThan(20_000_000)
    socket.destroy()
  })

  it('release an upload that breaks off', async () => {
    let ended: unknown
    const port = await serve(async ({ input }) => {
      try {
        for await (const _ of input.body);
      } catch (error) {
        ended = error
      }
    })
    const upload = `POST /xrpc/io.example.blob HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: 1000000\r\n\r\n`
    const socket = await open(port, upload + 'x'.repeat(1000))
    await delay(30)
    socket.destroy()
    await until(() => ended !== undefined)
    const json = upload.replace('blob', 'raw').replace('a/b', 'application/json')
    const other = await open(port, `${json.replace('1000000', '1000')}{"half":`)
    await delay(30)
    other.destroy()
    expect(await exchange(port, get(bare))).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
  })
})

describe('listener', () => {
  it('works with a foreign HTTP server, and with its own fallback', async () => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', ({ req, res }) => ({
      encoding: 'text/plain',
      body: `${req.ip} ${req.get('host')} ${typeof res.json}`,
    }))
    const listener = service.createListener({ fallback: (_, res) => res.end('elsewhere') })
    const http = createServer(listener).listen(0)
    const { port } = http.address() as AddressInfo
    expect(await exchange(port, get(any))).toMatchObject([
      { body: '::ffff:127.0.0.1 example.test function' },
    ])
    expect(await exchange(port, get('/'))).toMatchObject([{ body: 'elsewhere' }])
    http.close()
    expect(service.listener).toBe(service.listener)
  })

  it('survives a client that leaves at any moment', async () => {
    const pair = await openPair()
    const request = post('/xrpc/io.example.echo', '{"s":"x"}')
    for (let length = 1; length <= request.length; length += 7) {
      const socket = await open(pair.lane, request.slice(0, length))
      socket.destroy()
    }
    expect(await exchange(pair.lane, request)).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
    await pair.close()
  })
})
