import { describe, expect, it } from '@jest/globals'
import type { AnyMethod } from '../server/adapter/xrpc-adapter.ts'
import { json } from '../testing/connection.ts'
import { documents } from '../testing/documents.ts'
import { type Answer, exchange } from '../testing/exchange.ts'
import { handlers } from '../testing/handlers.ts'
import { rateLimited, serviceOf } from '../testing/pair.ts'
import { get, post, request } from '../testing/requests.ts'
import { any, testServer } from '../testing/serve.ts'
import type { CorsOptions } from './cors.ts'

const server = testServer()
const page = { Origin: 'https://app.example' }

async function ask(port: number, sent: string): Promise<Answer> {
  const [answer] = await exchange(port, sent)
  if (typeof answer !== 'object') throw new Error(`no answer: ${answer}`)
  return answer
}

/** The names in a header, lower-cased and sorted. */
function names(answer: Answer, header = 'access-control-expose-headers'): readonly string[] {
  expect(answer.headers[header]).not.toContain('\n')
  return (answer.headers[header] ?? '').toLowerCase().split(', ').sort()
}

const preflight = (path: string) =>
  request('OPTIONS', path, {
    ...page,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,content-type',
  })

describe('the option cors', () => {
  const serve = (cors: boolean | CorsOptions | undefined, handler: AnyMethod = () => json({})) =>
    server.serve(handler, {
      ...(cors !== undefined && { cors }),
      fallback: (req, res) => void res.setHeader('X-From', 'host').end(req.url),
    })

  it.each([undefined, false])('allows no origin when it is %s', async (cors) => {
    const { headers } = await ask(await serve(cors), get(any, page))
    expect(Object.keys(headers).filter((name) => /^access|^vary/.test(name))).toEqual([])
  })

  it('allows any origin, without credentials', async () => {
    const port = await serve(true)
    const { headers, body } = await ask(port, get(any, page))
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*' })
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
    expect(headers).not.toHaveProperty('access-control-expose-headers')
    expect(body).toBe('{}')
  })

  it('answers preflights for existing and unknown methods', async () => {
    const port = await serve({ maxAge: 600 })
    for (const path of [any, '/xrpc/com.example.none']) {
      expect(await ask(port, preflight(path))).toMatchObject({
        status: 'HTTP/1.1 204 No Content',
        headers: {
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET,HEAD,POST',
          'access-control-allow-headers': 'authorization,content-type',
          'access-control-max-age': '600',
        },
        body: '',
      })
    }
  })

  it('covers XRPC and well-known paths of the fallback, and nothing else', async () => {
    const port = await serve(true)
    const allowed = async (path: string) => {
      const { headers, body } = await ask(port, get(path, page))
      expect([headers['x-from'], body]).toEqual(['host', path])
      return headers['access-control-allow-origin']
    }
    expect(await allowed('/xrpc/_health')).toBe('*')
    expect(await allowed('/.well-known/did.json')).toBe('*')
    for (const path of ['/', '/admin', '/xrpc', '/xrpcs/', '/.well-known', '/a/xrpc/b']) {
      expect(await allowed(path)).toBeUndefined()
    }
    expect(await ask(port, preflight('/admin'))).toMatchObject({ body: '/admin' })
  })

  it('allows only the listed origins', async () => {
    const port = await serve({ origin: ['https://app.example', /\.pages\.example$/] })
    const allowed = async (origin: string) => {
      const { headers, status } = await ask(port, get(any, { Origin: origin }))
      expect([status, headers.vary]).toEqual(['HTTP/1.1 200 OK', 'Origin'])
      const ofFallback = await ask(port, get('/xrpc/_health', { Origin: origin }))
      for (const name of ['vary', 'access-control-allow-origin']) {
        expect(ofFallback.headers[name]).toBe(headers[name])
      }
      return headers['access-control-allow-origin']
    }
    expect(await allowed('https://app.example')).toBe('https://app.example')
    expect(await allowed('https://a.pages.example')).toBe('https://a.pages.example')
    expect(await allowed('https://app.example.evil.test')).toBeUndefined()
    expect(await allowed('null')).toBeUndefined()
  })

  it('keeps headers that a handler sets', async () => {
    const port = await serve({ origin: ['https://app.example'], credentials: true }, ({ res }) => {
      res.vary('Accept-Language')
      res.setHeader('X-Cursor', 'c')
      return json({})
    })
    const listed = await ask(port, get(any, page))
    expect(listed.headers).toMatchObject({
      'access-control-allow-origin': page.Origin,
      'access-control-allow-credentials': 'true',
    })
    expect(names(listed)).toContain('x-cursor')
    expect(names(listed, 'vary')).toEqual(['accept-language', 'origin'])
  })

  it('calls an origin function, and fails the call if it fails', async () => {
    let calls = 0
    const handler = () => {
      calls++
      return json({})
    }
    const port = await serve(
      {
        credentials: true,
        origin: (origin, answer) =>
          origin === 'https://app.example' ? answer(null, true) : answer(new Error('no list')),
      },
      handler,
    )
    expect((await ask(port, get(any, page))).headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
    })
    expect((await ask(port, get(any, { Origin: 'https://other.example' }))).status).toContain('500')
    expect(calls).toBe(1)
  })

  it('exposes the headers of a handler, each once, and the listed ones', async () => {
    const port = await serve({ exposedHeaders: ['X-Later', 'X-Cursor'] }, ({ res }) => {
      res.setHeader('X-Cursor', 'c')
      res.append('Access-Control-Expose-Headers', 'X-Own')
      res.append('Access-Control-Expose-Headers', 'x-own, X-Cursor')
      res.cookie('a', 'b')
      return { ...json({}), headers: { 'X-Own': 'yes', 'Cache-Control': 'no-store' } }
    })
    expect(names(await ask(port, get(any, page)))).toEqual(['x-cursor', 'x-later', 'x-own'])
  })
})

describe('with cors', () => {
  const serve = async () => {
    const service = serviceOf(documents, rateLimited())
    for (const [nsid, config] of handlers()) service.method(nsid, config)
    return service
  }

  it.each([
    ['a declared error', get('/xrpc/io.example.fail?kind=invalid', page), 400, []],
    ['an unknown method', get('/xrpc/com.example.none', page), 501, []],
    [
      'a challenge',
      post('/xrpc/io.example.verifiedPost?kind=challenge', '{"s":"x"}', page),
      401,
      ['dpop-nonce', 'www-authenticate'],
    ],
    [
      'a limit',
      get('/xrpc/io.example.limited', page),
      200,
      ['ratelimit-limit', 'ratelimit-policy', 'ratelimit-remaining', 'ratelimit-reset'],
    ],
  ])('%s is readable', async (_, sent, status, exposed) => {
    const running = await (await serve()).listen({ cors: true })
    const answer = await ask(running.port, sent).finally(() => running.close(0))
    expect(answer.status).toContain(`${status}`)
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(names(answer)).toEqual(expect.arrayContaining(exposed))
  })

  it('a refusal for too many calls is readable', async () => {
    const running = await (await serve()).listen({ cors: true })
    const limited = get('/xrpc/io.example.limited', page)
    for (let n = 0; n < 3; n++) await ask(running.port, limited)
    const refused = await ask(running.port, limited)
    await running.close(0)
    expect(refused.status).toContain('429')
    expect(refused.headers['access-control-allow-origin']).toBe('*')
    expect(names(refused)).toEqual([
      ...['etag', 'ratelimit-limit', 'ratelimit-policy', 'ratelimit-remaining', 'ratelimit-reset'],
      'retry-after',
    ])
  })

  it('a fetch handler answers preflights and calls', async () => {
    const fetch = (await serve()).createFetchHandler({ cors: { maxAge: 5 } })
    const url = 'http://example.test/xrpc/io.example.limited'
    const allowed = await fetch(
      new Request(url, {
        method: 'OPTIONS',
        headers: { ...page, 'Access-Control-Request-Method': 'GET' },
      }),
    )
    expect([allowed.status, allowed.headers.get('access-control-max-age')]).toEqual([204, '5'])
    const answer = await fetch(new Request(url, { headers: page }))
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toContain('RateLimit-Limit')
  })
})
