import {
  InvalidRequestError,
  type Options,
  XRPCError,
  type Server as XrpcServer,
} from '@atproto/xrpc-server'
import { describe, expect, it } from '@jest/globals'
import { compare } from '../testing/compare.ts'
import { rateLimited } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'

describe('options of the server', () => {
  const unknown = get('/xrpc/io.example.unknown')

  it('catchall handles calls without a handler', async () => {
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
    const [answer] = await compare({ options }, [get('/xrpc/io.example.fail?kind=plain')])
    expect(answer).toMatchObject({
      status: 'HTTP/1.1 400 Bad Request',
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: expect.stringContaining('<pre>Bad Request</pre>'),
    })
  })

  it('an error page never shows a stack', async () => {
    const answers = await compare({}, [
      get('/xrpc/io.example.out?kind=headerInvalid'),
      get('/xrpc/%'),
      get('/%FF'),
    ])
    for (const { body } of answers) expect(body).not.toMatch(/\bat |node_modules|\.ts\b/)
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

describe('a route on the stock server itself', () => {
  const answering = (text: string) => () => ({ encoding: 'text/plain', body: text })
  const none = () => new Map()

  it('is served, and takes precedence if it was added first', async () => {
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

  it('sees all calls if it is middleware that was added first', async () => {
    const { serviceOf } = await import('../testing/pair.ts')
    const { documents } = await import('../testing/documents.ts')
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
