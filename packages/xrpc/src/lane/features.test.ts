import {
  InvalidRequestError,
  MemoryRateLimiter,
  type Options,
  XRPCError,
  type Server as XrpcServer,
} from '@atproto/xrpc-server'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { AnyMethod } from './stock.ts'
import { type Answer, exchange } from './testing/exchange.ts'
import { openPair, type Pair, type PairOptions, rateLimited } from './testing/pair.ts'
import { get, post } from './testing/requests.ts'

let pair: Pair | undefined
afterEach(async () => {
  await pair?.close()
  pair = undefined
})

/** Sends the same requests, one after the other, to both servers and expects the same answers; returns those. */
async function compare(settings: PairOptions, requests: readonly string[]): Promise<Answer[]> {
  pair = await openPair(settings)
  const answers: Answer[] = []
  for (const request of requests) {
    const [stock] = await exchange(pair.stock, request)
    const [lane] = await exchange(pair.lane, request)
    expect(timeless(lane)).toEqual(timeless(stock))
    answers.push(lane as Answer)
  }
  return answers
}

/** Two servers look at the clock one after the other. */
function timeless(answer: Answer | string | undefined): unknown {
  if (answer === undefined || typeof answer === 'string') return answer
  const { 'ratelimit-reset': reset, 'retry-after': retry, etag, ...headers } = answer.headers
  return { ...answer, headers, has: [reset !== undefined, retry !== undefined] }
}

function withoutBody(answer: Answer | string | undefined): unknown {
  const { status, headers } = answer as Answer
  const { 'content-length': length, ...others } = headers
  return { status, headers: others }
}

type RateLimits = NonNullable<Exclude<AnyMethod, (...args: never[]) => unknown>['rateLimit']>

const limited = get('/xrpc/io.example.limited')
const shared = get('/xrpc/io.example.shared')
const resetting = (kind: string) =>
  post(`/xrpc/io.example.resetting?kind=${kind}`, '', { 'Content-Type': '' })

describe('rate limits', () => {
  it('count the calls of a route and refuse one too many', async () => {
    const answers = await compare({}, [limited, limited, limited, limited, limited])
    expect(answers.map(({ status }) => status.slice(9, 12))).toEqual([
      '200',
      '200',
      '200',
      '429',
      '429',
    ])
    expect(answers[0]?.headers).toMatchObject({
      'ratelimit-limit': '3',
      'ratelimit-remaining': '2',
      'ratelimit-policy': '3;w=60',
    })
    expect(answers[3]?.headers['retry-after']).toBe('60')
    expect(JSON.parse(answers[3]?.body ?? '')).toMatchObject({ error: 'RateLimitExceeded' })
  })

  it('count a call once, whichever way it is served', async () => {
    const conditional = get('/xrpc/io.example.limited', { 'If-None-Match': '"x"' })
    const slashed = get('/xrpc/io.example.limited/')
    const answers = await compare({}, [limited, conditional, slashed, limited])
    expect(answers.at(-1)?.status).toContain('429')
  })

  it('show the tightest of several', async () => {
    const answers = await compare({}, [shared, shared, shared, shared])
    expect(answers[0]?.headers['ratelimit-policy']).toBe('7;w=60')
    expect(answers.at(-1)?.status).toContain('429')
  })

  it('are shared by methods that name the same one', async () => {
    const handlers = () =>
      new Map<string, AnyMethod>(
        ['bare', 'nothing'].map((name) => [
          `io.example.${name}`,
          { handler: () => undefined, rateLimit: { name: 'shared', calcPoints: () => 3 } },
        ]),
      )
    const other = post('/xrpc/io.example.nothing', '', { 'Content-Type': '' })
    const answers = await compare({ handlers }, [get('/xrpc/io.example.bare'), other, other])
    expect(answers.map(({ headers }) => headers['ratelimit-remaining'])).toEqual(['4', '1', '0'])
    expect(answers.at(-1)?.status).toContain('429')
  })

  it('are global too, also for what is no method', async () => {
    const options = (): Options => ({
      rateLimits: {
        creator: (options) => new MemoryRateLimiter(options),
        global: [{ name: 'all', durationMs: 60_000, points: 5 }],
        shared: [{ name: 'shared', durationMs: 60_000, points: 100 }],
      },
    })
    const requests = [
      limited,
      shared,
      get('/xrpc/io.example.unknown'),
      get('/xrpc/io.example.bare'),
    ]
    const answers = await compare({ options }, [...requests, ...requests])
    expect(answers.at(-1)?.status).toContain('429')
  })

  it('can be bypassed, and reset by a handler', async () => {
    const bypassing = get('/xrpc/io.example.limited', { 'X-Bypass': 'yes' })
    const answers = await compare({}, [
      ...[bypassing, limited, limited, limited, bypassing],
      ...[resetting('no'), resetting('reset'), resetting('no'), resetting('no'), resetting('no')],
    ])
    const refused = answers.map(({ status }) => status.includes('429'))
    expect(refused).toEqual([...Array(9).fill(false), true])
  })

  it('fail closed when their store fails', async () => {
    const options = (): Options => ({
      rateLimits: {
        creator: (options) =>
          Object.assign(new MemoryRateLimiter(options), {
            consume: () => Promise.reject(new Error('no store')),
          }),
        shared: [{ name: 'shared', durationMs: 1000, points: 1 }],
      },
    })
    const [answer] = await compare({ options }, [limited])
    expect(answer?.status).toContain('500')
  })

  const anyone: AnyMethod = () => undefined
  const limitedBy = (rateLimit: RateLimits) => () =>
    new Map<string, AnyMethod>([['io.example.bare', { handler: anyone, rateLimit }]])
  const bareCall = get('/xrpc/io.example.bare')

  it.each<[string, RateLimits, number[]]>([
    ['no points refuse every call', { durationMs: 60_000, points: 0 }, [429, 429]],
    ['no key: nobody to count', { durationMs: 60_000, points: 1, calcKey: () => null }, [200, 200]],
    ['calls that cost nothing', { durationMs: 60_000, points: 1, calcPoints: () => 0 }, [200, 200]],
    [
      'calls that cost too much',
      { durationMs: 60_000, points: 5, calcPoints: () => 6 },
      [429, 429],
    ],
    ['the address as key', { durationMs: 60_000, points: 1 }, [200, 429]],
    ['an empty list', [], [200, 200]],
    [
      'a calculator that fails',
      {
        durationMs: 60_000,
        points: 1,
        calcKey: () => {
          throw new InvalidRequestError('no key')
        },
      },
      [400, 400],
    ],
  ])('are calculated the same: %s', async (_, rateLimit, expected) => {
    const answers = await compare({ handlers: limitedBy(rateLimit) }, [bareCall, bareCall])
    expect(answers.map(({ status }) => Number(status.slice(9, 12)))).toEqual(expected)
  })

  it('are passed over without the option that makes limiters', async () => {
    const handlers = limitedBy({ durationMs: 60_000, points: 0 })
    const [answer] = await compare({ handlers, options: () => ({}) }, [bareCall])
    expect(answer?.status).toContain('200')
  })

  it('count together when two servers share their limiters', async () => {
    const one = new MemoryRateLimiter({
      keyPrefix: 'shared',
      durationMs: 60_000,
      points: 3,
      calcKey: () => 'all',
      calcPoints: () => 1,
    })
    const options = (): Options => ({
      rateLimits: {
        creator: () => one as never,
        global: [{ name: 'x', durationMs: 1, points: 1 }],
      },
    })
    pair = await openPair({ options, handlers: limitedBy([]) })
    const statuses: unknown[] = []
    for (const port of [pair.stock, pair.lane, pair.stock, pair.lane]) {
      const [answer] = (await exchange(port, bareCall)) as Answer[]
      statuses.push([answer?.status.slice(9, 12), answer?.headers['ratelimit-remaining']])
    }
    expect(statuses).toEqual([
      ['200', '2'],
      ['200', '1'],
      ['200', '0'],
      ['429', '0'],
    ])
  })
})

describe('options of the server', () => {
  const unknown = get('/xrpc/io.example.unknown')

  it('catchall takes what no handler does', async () => {
    const options = (): Options => ({
      ...rateLimited(),
      catchall: (req, res, next) => {
        if (req.url.includes('next')) next()
        else if (req.url.includes('fail')) next(new Error('in the catchall'))
        else res.status(203).json({ caught: req.url, query: req.query, ip: req.ip })
      },
    })
    const answers = await compare({ options }, [
      unknown,
      get('/xrpc/io.example.unhandled?x=1'),
      get('/xrpc/io.example.next'),
      get('/xrpc/io.example.failing'),
      get('/xrpc/io.example.echo'),
      get('/elsewhere'),
    ])
    expect(answers[0]?.status).toContain('203')
  })

  it('errorParser words the errors', async () => {
    const options = (): Options => ({
      ...rateLimited(),
      errorParser: (error) =>
        error instanceof Error && error.message.includes('secret')
          ? new XRPCError(418 as number, 'Parsed', 'Parsed')
          : XRPCError.fromError(error),
    })
    const answers = await compare({ options }, [
      get('/xrpc/io.example.fail?kind=plain'),
      get('/xrpc/io.example.fail?kind=named'),
      post('/xrpc/io.example.echo', '{'),
      unknown,
    ])
    expect(answers[0]?.status).toContain('418')
  })

  it('errorParser may fail itself', async () => {
    const options = (): Options => ({
      ...rateLimited(),
      errorParser: () => {
        throw new InvalidRequestError('parser')
      },
    })
    // In all environments but production the answer shows the stack, and that is another one.
    pair = await openPair({ options })
    const request = get('/xrpc/io.example.fail?kind=plain')
    const [stock] = await exchange(pair.stock, request)
    const [lane] = await exchange(pair.lane, request)
    expect(withoutBody(lane)).toEqual(withoutBody(stock))
    expect(withoutBody(lane)).toMatchObject({
      status: 'HTTP/1.1 400 Bad Request',
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
  })

  it('payload sets limits for all methods', async () => {
    const options = (): Options => ({
      ...rateLimited(),
      payload: { jsonLimit: 20, textLimit: 5, blobLimit: 10 },
    })
    await compare({ options }, [
      post('/xrpc/io.example.echo', '{"s":"1234567890"}'),
      post('/xrpc/io.example.echo', '{"s":"123456789012345"}'),
      post('/xrpc/io.example.small', '{"s":"123456789012345"}'),
      post('/xrpc/io.example.text', '123456', { 'Content-Type': 'text/plain' }),
      post('/xrpc/io.example.blob', '12345678901', { 'Content-Type': 'a/b' }),
    ])
  })

  it.each([
    ['json spaces', 2],
    ['json escape', true],
    ['json replacer', (key: string, value: unknown) => (key === 'n' ? 'replaced' : value)],
    ['query parser', 'simple'],
    ['query parser', false],
    ['etag', false],
    ['trust proxy', true],
  ])('the setting %s of Express is kept (%s)', async (name, value) => {
    await compare({ arrange: ({ router }) => router.set(name, value) }, [
      get('/xrpc/io.example.out?kind=large'),
      get('/xrpc/io.example.params?s=<&a[]=1', { 'X-Forwarded-For': '192.0.2.1' }),
      get('/xrpc/io.example.params?a=1&a=2', { 'X-Forwarded-Proto': 'https' }),
    ])
  })
})

describe('what is registered on the stock server itself', () => {
  const answering = (text: string) => () => ({ encoding: 'text/plain', body: text })
  const none = () => new Map()

  it('is served, and comes first when it came first', async () => {
    const arrange = (xrpc: XrpcServer) => xrpc.method('io.example.outAny', answering('stock'))
    const [answer] = await compare({ handlers: none, arrange }, [get('/xrpc/io.example.outAny')])
    expect(answer?.body).toBe('stock')
  })

  it('does not replace a handler that came before', async () => {
    const handlers = () => new Map([['io.example.outAny', answering('first')]])
    const arrange = (xrpc: XrpcServer) => xrpc.method('io.example.outAny', answering('second'))
    const [answer] = await compare({ handlers, arrange }, [get('/xrpc/io.example.outAny')])
    expect(answer?.body).toBe('first')
  })

  it('sees all calls when it is middleware that came before', async () => {
    const { serviceOf } = await import('./testing/pair.ts')
    const { documents } = await import('./testing/documents.ts')
    const { request } = await import('../testing.ts')
    const service = serviceOf(documents)
    service.xrpc.routes.use((_req, res, next) => {
      res.setHeader('X-Seen', 'yes')
      next()
    })
    service.xrpc.method('io.example.bare', () => ({ encoding: 'a/b', buffer: Buffer.from('1') }))
    service.method('io.example.bare', () => ({ encoding: 'a/b', buffer: Buffer.from('2') }))
    service.method('io.example.outAny', answering('x'))
    expect((await request(service, 'io.example.outAny')).headers['x-seen']).toBe('yes')
    expect(String((await request(service, 'io.example.bare')).body)).toBe('1')
  })
})
