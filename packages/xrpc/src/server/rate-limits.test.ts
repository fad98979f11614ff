import { InvalidRequestError, MemoryRateLimiter, type Options } from '@atproto/xrpc-server'
import { describe, expect, it } from '@jest/globals'
import { compare } from '../testing/compare.ts'
import { type Answer, exchange } from '../testing/exchange.ts'
import { openPair } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'
import type { AnyMethod } from './adapter/xrpc-adapter.ts'

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

  it('count a call once, on every path', async () => {
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

  it('apply globally too, even to unknown methods', async () => {
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
  ])('are calculated identically: %s', async (_, rateLimit, expected) => {
    const answers = await compare({ handlers: limitedBy(rateLimit) }, [bareCall, bareCall])
    expect(answers.map(({ status }) => Number(status.slice(9, 12)))).toEqual(expected)
  })

  it('are ignored without the option that makes limiters', async () => {
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
    const pair = await openPair({ options, handlers: limitedBy([]) })
    const statuses: unknown[] = []
    for (const port of [pair.stock, pair.lane, pair.stock, pair.lane]) {
      const [answer] = (await exchange(port, bareCall)) as Answer[]
      statuses.push([answer?.status.slice(9, 12), answer?.headers['ratelimit-remaining']])
    }
    await pair.close()
    expect(statuses).toEqual([
      ['200', '2'],
      ['200', '1'],
      ['200', '0'],
      ['429', '0'],
    ])
  })
})
