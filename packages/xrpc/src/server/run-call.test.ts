import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { open, until } from '../testing/client.ts'
import { type Answer, exchange } from '../testing/exchange.ts'
import { get, post } from '../testing/requests.ts'
import { any, nothing, testServer } from '../testing/serve.ts'

const { serve } = testServer()

describe('signal', () => {
  it('aborts a query when its client leaves, and not before', async () => {
    const signals: AbortSignal[] = []
    const port = await serve(async ({ signal }) => {
      signals.push(signal)
      await delay(20_000, undefined, { signal })
    })
    const socket = await open(port, get(any))
    await until(() => signals.length === 1)
    expect(signals[0]?.aborted).toBe(false)
    socket.destroy()
    await until(() => signals[0]?.aborted === true)
  })

  it('is already aborted if the client left before it was first read', async () => {
    const aborted: boolean[] = []
    let hasBegun = false
    const port = await serve(async (context) => {
      hasBegun = true
      await until(() => context.res.destroyed)
      aborted.push(context.signal.aborted)
    })
    const socket = await open(port, get(any))
    await until(() => hasBegun)
    socket.destroy()
    await until(() => aborted.length === 1)
    expect(aborted).toEqual([true])
  })

  it('does not abort a procedure', async () => {
    const seen: boolean[] = []
    let hasBegun = false
    const port = await serve(async ({ signal, res }) => {
      hasBegun = true
      await until(() => res.destroyed)
      seen.push(signal.aborted)
    })
    const socket = await open(port, post(nothing, '', { 'Content-Type': '' }))
    await until(() => hasBegun)
    socket.destroy()
    await until(() => seen.length === 1)
    expect(seen).toEqual([false])
  })
})

describe('a deadline', () => {
  const slow = async ({ signal }: { signal: AbortSignal }) => {
    await delay(30_000, undefined, { signal, ref: false })
  }

  it.each([
    ['on the fast lane', {}],
    ['on the stock server', { 'If-None-Match': '"x"' }],
  ])('ends a handler that never returns, %s', async (_, headers) => {
    const port = await serve(slow, { deadline: 40 })
    const [answer] = (await exchange(port, get(any, { ...headers }))) as Answer[]
    expect(answer?.status).toBe('HTTP/1.1 504 Gateway Timeout')
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      error: 'UpstreamTimeout',
      message: 'The call took too long',
    })
  })

  it('aborts the signal, for a procedure too, and drops a late result', async () => {
    const stream = Readable.from(['late'])
    let aborted: unknown
    const port = await serve(
      async ({ signal }) => {
        await once(signal, 'abort')
        aborted = signal.reason
        return { encoding: 'a/b', stream }
      },
      { deadline: 30 },
    )
    const [answer] = await exchange(port, post(nothing, '', { 'Content-Type': '' }))
    expect(answer).toMatchObject({ status: 'HTTP/1.1 504 Gateway Timeout' })
    await until(() => stream.destroyed)
    expect(aborted).toMatchObject({ message: 'The call took too long' })
  })

  it.each([
    ['on the fast lane', ''],
    ['on the stock server', '/'],
  ])('runs no handler after it has answered, %s', async (_, slash) => {
    let calls = 0
    const port = await serve(() => void calls++, { deadline: 40 })
    const body = '{"s":"x"}'
    const request = post(`/xrpc/io.example.raw${slash}`, body)
    const socket = await open(port, request.slice(0, -3))
    const [bytes] = await once(socket, 'data')
    expect(String(bytes)).toContain('504 Gateway Timeout')
    socket.write(request.slice(-3))
    await delay(50)
    expect(calls).toBe(0)
    socket.destroy()
  })

  it('affects neither a call in time nor an answer that has begun', async () => {
    const port = await serve(
      () => ({
        encoding: 'text/plain',
        stream: Readable.from(
          (async function* () {
            yield 'slow '
            await delay(2_100)
            yield 'stream'
          })(),
        ),
      }),
      // Long enough for an answer to begin on a busy machine.
      { deadline: 2_000 },
    )
    const targets = [any, `${any}/`]
    const answers = await Promise.all(targets.map((target) => exchange(port, get(target))))
    for (const answer of answers) expect(answer).toMatchObject([{ body: 'slow stream' }])
  })
})

describe('a client that leaves during authentication', () => {
  it('causes no call', async () => {
    const outcomes: string[] = []
    let calls = 0
    let isAsked = false
    const port = await serve(
      {
        auth: async ({ res }) => {
          isAsked = true
          await until(() => res.closed)
          return { credentials: 'somebody' }
        },
        handler: () => void calls++,
      },
      {
        observers: [
          ({ res }, next) => {
            res.on('close', () => outcomes.push('closed'))
            next()
          },
        ],
        logger: { error: (_, message) => void outcomes.push(message) },
      },
    )
    const socket = await open(port, post('/xrpc/io.example.raw', '{"s":"x"}').slice(0, -3))
    await until(() => isAsked)
    socket.destroy()
    await until(() => outcomes.length === 2)
    expect(outcomes).toEqual([
      'closed',
      'BadRequestError error in xrpc method io.example.raw (request aborted)',
    ])
    expect(calls).toBe(0)
  })
})
