import { Readable } from 'node:stream'
import {
  type Auth,
  AuthRequiredError,
  type HandlerSuccess,
  InvalidRequestError,
  type MethodConfigOrHandler,
  type MethodHandler,
  type Params,
  type StreamConfigOrHandler,
  type StreamHandler,
} from '@atproto/xrpc-server'
import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { RunningServer } from '../http/listen.ts'
import { until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import { request } from '../testing.ts'
import { intercept } from './intercept.ts'
import type { Interceptor } from './interceptors.ts'
import type { XrpcService } from './xrpc-service.ts'

interface Seen extends HandlerSuccess {
  encoding: 'application/json'
  body: { seen: string }
}
interface EchoInput {
  encoding: 'application/json'
  body: { s: string }
}
type Query = MethodHandler<void, { s?: string }, void, Seen>
type Echo = MethodHandler<void, Record<string, never>, EchoInput, Seen>
interface Tick {
  $type: 'io.example.subscribe#tick'
  n: number
}
type Ticks = StreamHandler<void, { n: number }, Tick>

/** The namespaces of the documents, in the form the generator writes. */
class IoExampleNS {
  readonly _server: XrpcService
  declare readonly _handlers: { params: Query; echo: Echo; subscribe: Ticks }

  constructor(server: XrpcService) {
    this._server = server
  }

  params<A extends Auth = void>(cfg: MethodConfigOrHandler<A, { s?: string }, void, Seen>): void {
    this._server.method('io.example.params', cfg)
  }

  echo<A extends Auth = void>(
    cfg: MethodConfigOrHandler<A, Record<string, never>, EchoInput, Seen>,
  ): void {
    this._server.method('io.example.echo', cfg)
  }

  subscribe<A extends Auth = void>(cfg: StreamConfigOrHandler<A, { n: number }, Tick>): void {
    this._server.streamMethod('io.example.subscribe', cfg)
  }
}
class IoNS {
  readonly _server: XrpcService
  declare readonly _handlers: { example: IoExampleNS['_handlers'] }
  readonly example: IoExampleNS

  constructor(server: XrpcService) {
    this._server = server
    this.example = new IoExampleNS(server)
  }
}
type Server = XrpcService & { readonly io: IoNS; readonly _handlers: { io: IoNS['_handlers'] } }

function createServer(): Server {
  const service = serviceOf(documents)
  return Object.assign(service, { io: new IoNS(service) }) as unknown as Server
}

function seen(text: string): Seen {
  return { encoding: 'application/json', body: { seen: text } }
}

const ways = [
  ['the lane', {}],
  ['the stock server', { 'if-none-match': '"x"' }],
] as const

async function params(server: XrpcService, headers: object = {}): Promise<unknown> {
  const { body } = await request(server, 'io.example.params', {
    params: { s: 'x' },
    headers: { ...headers },
  })
  return (body as { seen?: string }).seen ?? body
}

async function echo(server: XrpcService): Promise<unknown> {
  return (await request(server, 'io.example.echo', { input: { s: 'y' } })).body
}

describe('intercept', () => {
  it.each(ways)('runs in the order of registration, on %s', async (_, headers) => {
    const server = createServer()
    const order: string[] = []
    const noting =
      (name: string): Interceptor =>
      async (_call, next) => {
        order.push(name)
        const output = await next()
        order.push(`/${name}`)
        return output
      }
    intercept(server.io.example, noting('namespace'))
    intercept(server, noting('all'))
    server.io.example.params(() => {
      order.push('handler')
      return seen('done')
    })
    intercept(server.io, noting('below'))
    server.addInterceptor(noting('method'), new Set(['io.example.params']))
    server.addInterceptor(noting('other'), new Set(['io.example.echo']))
    expect(await params(server, headers)).toBe('done')
    const names = ['namespace', 'all', 'below', 'method']
    expect(order).toEqual([...names, 'handler', ...names.toReversed().map((name) => `/${name}`)])
  })

  it.each(ways)('sees what the handler sees, on %s', async (_, headers) => {
    const server = createServer()
    const calls: unknown[] = []
    intercept(server.io.example, async ({ nsid, params, input, auth, req, res, signal }, next) => {
      const isWhole = [req.url?.includes('/xrpc/'), res?.headersSent, signal.aborted]
      calls.push([nsid, params, input, auth, ...isWhole])
      return await next()
    })
    const auth = () => ({ credentials: 'somebody' })
    server.io.example.params({ auth, handler: () => seen('') })
    server.io.example.echo({ auth, handler: ({ input }) => seen(input.body.s) })
    await params(server, headers)
    await request(server, 'io.example.echo', { input: { s: 'y' }, headers: { ...headers } })
    const credentials = { credentials: 'somebody' }
    const input = { encoding: 'application/json', body: { s: 'y', d: 'filled in' } }
    const isWhole = [true, false, false]
    expect(calls).toEqual([
      ['io.example.params', { s: 'x', d: 7 }, undefined, credentials, ...isWhole],
      ['io.example.echo', undefined, input, credentials, ...isWhole],
    ])
  })

  it.each(ways)('may answer, change the answer and refuse, on %s', async (_, headers) => {
    const server = createServer()
    let calls = 0
    server.io.example.params(() => {
      calls++
      return seen('handled')
    })
    intercept(server.io.example, 'params', async ({ req, params: { s } }, next) => {
      const known: string | undefined = s
      if (req.headers['x-kind'] === 'answer') return seen(`answered ${known}`)
      if (req.headers['x-kind'] === 'refuse') throw new InvalidRequestError('No', 'Refused')
      const { body, ...output } = (await next()) as Seen
      if (req.headers['x-kind'] === 'break') return { ...output, body: { seen: 5 } } as never
      return { ...output, body: { seen: `${body.seen}, changed` } }
    })
    const kind = (name: string) => params(server, { ...headers, 'x-kind': name })
    expect(await kind('change')).toBe('handled, changed')
    expect(calls).toBe(1)
    expect(await kind('answer')).toBe('answered x')
    expect(await kind('refuse')).toEqual({ error: 'Refused', message: 'No' })
    expect(calls).toBe(1)
    expect(await kind('break')).toMatchObject({ error: 'InternalServerError' })
  })

  it('runs after all steps before the handler', async () => {
    const server = createServer()
    let calls = 0
    intercept(server, async (_, next) => {
      calls++
      return await next()
    })
    server.io.example.echo({
      auth: ({ req }) => {
        if (req.headers.authorization === 'nobody') throw new AuthRequiredError('Who?')
        return { credentials: 1 }
      },
      handler: () => seen(''),
    })
    await request(server, 'io.example.echo', { input: { s: 5 } })
    await request(server, 'io.example.echo', {
      input: { s: 'x' },
      headers: { authorization: 'nobody' },
    })
    expect(calls).toBe(0)
    await echo(server)
    expect(calls).toBe(1)
  })

  it.each(ways)('sees errors of the handler, on %s', async (_, headers) => {
    const server = createServer()
    const errors: string[] = []
    intercept(server.io, async (_call, next) => {
      try {
        return await next()
      } catch (error) {
        errors.push((error as Error).message)
        throw error
      }
    })
    // Not async: it throws before there is a promise.
    server.io.example.params(() => {
      throw new InvalidRequestError('of the handler', 'Named')
    })
    expect(await params(server, headers)).toMatchObject({ error: 'Named' })
    expect(errors).toEqual(['of the handler'])
  })

  it("destroys the handler's stream when it throws afterwards", async () => {
    const server = createServer()
    const body = new Readable({ read() {} })
    server.method('io.example.outAny', () => ({ encoding: 'a/b', body }))
    intercept(server, async (_, next) => {
      await next()
      throw new Error('after the handler')
    })
    expect((await request(server, 'io.example.outAny')).status).toBe(500)
    await until(() => body.destroyed)
  })

  it('does not affect the handlers of other methods', async () => {
    const server = createServer()
    server.io.example.params(() => seen('params'))
    server.io.example.echo(() => seen('echo'))
    intercept(server.io.example, 'echo', async () => seen('intercepted'))
    expect(await params(server)).toBe('params')
    expect(await echo(server)).toEqual({ seen: 'intercepted' })
  })

  it('checks the names of methods, and their types', () => {
    const { io } = createServer()
    const none = async (_: unknown, next: () => Promise<never>) => await next()
    // @ts-expect-error it is no method
    expect(() => intercept(io.example, 'nothing', none)).toThrow('There is no method nothing')
    // @ts-expect-error it is a namespace
    expect(() => intercept(io, 'example', none)).toThrow(TypeError)
    // @ts-expect-error the output has another form
    intercept(io.example, 'params', async () => ({ encoding: 'application/json', body: { n: 1 } }))
    intercept(io.example, 'echo', async ({ input, auth }, next) => {
      const known: string = input.body.s
      // @ts-expect-error each verifier has credentials of its own
      const credentials: string = auth
      return known === credentials ? seen(known) : await next()
    })
    intercept(io, async ({ params }, next) => {
      const known: Params = params
      return known.s ? await next() : undefined
    })
  })
})

describe('intercept, of a subscription', () => {
  let running: RunningServer | undefined
  afterEach(() => running?.close(0))

  async function messages(server: Server, search: string): Promise<string> {
    running ??= await server.listen({ host: '127.0.0.1' })
    const socket = new WebSocket(
      `ws://127.0.0.1:${running.port}/xrpc/io.example.subscribe${search}`,
    )
    let text = ''
    socket.on('message', (frame) => {
      text += String(frame)
    })
    await new Promise((resolve) => socket.once('close', resolve))
    return text
  }

  it('runs when it is opened: it may refuse it, and change its messages', async () => {
    const server = createServer()
    const order: unknown[] = []
    server.io.example.subscribe(async function* ({ params: { n } }) {
      order.push('handler')
      yield { $type: 'io.example.subscribe#tick', n }
    })
    intercept(server, async ({ nsid, params, res }, next) => {
      order.push([nsid, params, res])
      if (params.n === 0) throw new InvalidRequestError('Not now', 'Refused')
      return await next()
    })
    intercept(server.io.example, 'subscribe', async ({ params: { n } }, next) => {
      const ticks = await next()
      return (async function* () {
        if (n === 2) yield { $type: 'io.example.subscribe#tick' as const, n: 77 }
        yield* ticks
      })()
    })
    expect(await messages(server, '?n=0')).toContain('Refused')
    expect(order).toEqual([['io.example.subscribe', { n: 0 }, undefined]])
    const [one, two] = [await messages(server, '?n=1'), await messages(server, '?n=2')]
    expect([one.split('#tick').length, two.split('#tick').length]).toEqual([2, 3])
  })
})
