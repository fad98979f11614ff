import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { afterEach, describe, expect, it } from '@jest/globals'
import express from 'express'
import { json } from '../testing/connection.ts'
import { documents } from '../testing/documents.ts'
import { exchange } from '../testing/exchange.ts'
import { serviceOf } from '../testing/pair.ts'
import { get } from '../testing/requests.ts'
import { any, testServer } from '../testing/serve.ts'
import type { ListenerOptions } from './listener.ts'
import type { Middleware } from './middleware.ts'

const server = testServer()
/**
 * The three ways of a call: prepared, passed to the stock server for its path, passed for its
 * headers.
 */
const ways = [get(any), get(`${any}/`), get(any, { 'If-None-Match': 'x' })]

describe('middleware', () => {
  it('runs in order before the call, on every path', async () => {
    const seen: string[] = []
    const step =
      (name: string): Middleware =>
      (_, res, next) => {
        seen.push(name)
        res.setHeader(`X-${name}`, 'yes')
        next()
      }
    const late: Middleware = (_req, _res, next) => setImmediate(next)
    const port = await server.serve(
      () => {
        seen.push('handler')
        return json({})
      },
      { middleware: [step('first'), late, step('second')] },
    )
    for (const way of ways) {
      const [answer] = await exchange(port, way)
      expect(answer).toMatchObject({ body: '{}', headers: { 'x-first': 'yes', 'x-second': 'yes' } })
      expect(seen.splice(0)).toEqual(['first', 'second', 'handler'])
    }
  })

  it('sees requests as Express extends them, and may answer or change them', async () => {
    const port = await server.serve(({ req }) => json({ user: req.get('X-User') }), {
      middleware: [
        (req, res, next) => {
          if (req.query.kind === 'blocked') return void res.status(403).json({ own: req.ip })
          req.headers['x-user'] = 'me'
          req.url = req.url.replace('/api', '')
          next()
        },
      ],
    })
    const [blocked] = await exchange(port, get(`${any}?kind=blocked`))
    expect(blocked).toMatchObject({ status: 'HTTP/1.1 403 Forbidden' })
    for (const way of [...ways, get(`/api${any}`)]) {
      expect(await exchange(port, way)).toMatchObject([{ body: '{"user":"me"}' }])
    }
  })

  it.each<[string, Middleware]>([
    ['passes on an error', (_req, _res, next) => next(new InvalidRequestError('No', 'Refused'))],
    [
      'throws',
      () => {
        throw new InvalidRequestError('No', 'Refused')
      },
    ],
    ['rejects', () => Promise.reject(new InvalidRequestError('No', 'Refused'))],
  ])('that %s fails the call', async (_, middleware) => {
    let calls = 0
    const port = await server.serve(() => void calls++, {
      middleware: [middleware, (_req, _res, next) => next()],
    })
    for (const way of ways) {
      expect(await exchange(port, way)).toMatchObject([
        { status: 'HTTP/1.1 400 Bad Request', body: '{"error":"Refused","message":"No"}' },
      ])
    }
    expect(calls).toBe(0)
  })

  it('that throws undefined still fails the call', async () => {
    let calls = 0
    const port = await server.serve(() => void calls++, {
      middleware: [
        () => {
          throw undefined
        },
      ],
    })
    for (const way of ways) {
      expect(await exchange(port, way)).toMatchObject([
        { status: 'HTTP/1.1 500 Internal Server Error' },
      ])
    }
    expect(calls).toBe(0)
  })
})

describe('in an Express application', () => {
  let http: HttpServer | undefined
  afterEach(() => void http?.close())

  const mount = async (options: ListenerOptions = {}): Promise<number> => {
    const service = serviceOf(documents)
    service.method('io.example.outAny', () => json({ from: 'handler' }))
    const app = express()
    app.use(service.createListener(options))
    app.get('/later', (req, res) => void res.send(`later, ${req.query.a}`))
    app.get('/xrpc', (_req, res) => void res.send('all methods'))
    app.use((_req: express.Request, res: express.Response) => void res.status(404).send('nothing'))
    http = createServer(app as never)
    await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve))
    return (http.address() as AddressInfo).port
  }

  it.each<[string, ListenerOptions]>([
    ['without options', {}],
    ['with observers', { observers: [(_, next) => next()] }],
    ['with middleware', { cors: true, middleware: [(_req, _res, next) => next()] }],
  ])('the listener passes on non-XRPC requests, %s', async (_, options) => {
    const port = await mount(options)
    const body = async (target: string) => {
      const [answer] = await exchange(port, get(target))
      return typeof answer === 'object' && answer.body
    }
    expect(await body(any)).toBe('{"from":"handler"}')
    expect(await body('/later?a=1')).toBe('later, 1')
    expect(await body('http://example.test/later?a=2')).toBe('later, 2')
    expect(await body('/xrpc')).toBe('all methods')
    expect(await body('/other')).toBe('nothing')
    expect(await body('/xrpc/com.example.none')).toMatch(/MethodNotImplemented/)
  })

  it('the listener handles CORS for its own paths only', async () => {
    const port = await mount({ cors: true })
    const allowed = async (target: string) => {
      const [answer] = await exchange(port, get(target, { Origin: 'https://app.example' }))
      return typeof answer === 'object' && answer.headers['access-control-allow-origin']
    }
    expect(await allowed(any)).toBe('*')
    expect(await allowed('/later')).toBeUndefined()
  })
})
