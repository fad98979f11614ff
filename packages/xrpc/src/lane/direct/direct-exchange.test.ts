import { createReadStream } from 'node:fs'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HandlerContext } from '@atproto/xrpc-server'
import { describe, expect, it } from '@jest/globals'
import type { CallObserver, ObservedCall } from '../observe/observer.ts'
import { open, until } from '../testing/client.ts'
import { directTestServer, isNodes, json, keep, nextAnswer } from '../testing/direct.ts'
import { exchange } from '../testing/exchange.ts'
import { get, post, utf8 } from '../testing/requests.ts'
import { any } from '../testing/serve.ts'

const server = directTestServer()
const { serve } = server
const raw = '/xrpc/io.example.raw'
const target = (kind: string): string => `${any}?kind=${kind}`

/** What can be told of a call by its messages. */
function seenOf({ req, res }: Pick<HandlerContext, 'req' | 'res'>): object {
  const { method, url, originalUrl, query, headers, httpVersion, complete, ip } = req
  const { statusCode, headersSent, writableEnded } = res
  const { custom } = headers
  return {
    ...{ method, url, originalUrl, query, custom, httpVersion, complete, ip },
    ...{ statusCode, headersSent, writableEnded },
  }
}

/** The same, of a call that has been answered. */
const answered = (kind: string, custom: string): object => ({
  ...{ method: 'GET', url: target(kind), originalUrl: target(kind), query: { kind } },
  ...{ custom, httpVersion: '1.1', complete: true, ip: '::ffff:127.0.0.1' },
  ...{ statusCode: 200, headersSent: true, writableEnded: true },
})

async function ask(socket: Socket, request: string): Promise<string> {
  socket.write(request)
  return await nextAnswer(socket)
}

describe('work that goes on after the answer', () => {
  it('finds its own request, not that of another call on the connection', async () => {
    const seen: unknown[] = []
    let release = (): void => {}
    const { port, sockets } = await serve(async (context) => {
      const kind = String(context.params?.kind)
      if (kind === 'first') {
        setTimeout(() => {
          seen.push(seenOf(context))
          release()
        }, 50)
      } else if (kind === 'second') {
        await new Promise<void>((resolve) => {
          release = resolve
        })
      }
      return json(kind)
    })
    const socket = await open(port, '')
    expect(await ask(socket, get(target('first'), { ...keep, Custom: 'one' }))).toContain('"first"')
    expect(await ask(socket, get(target('second'), { ...keep, Custom: 'two' }))).toContain(
      '"second"',
    )
    expect(await ask(socket, get(target('third'), keep))).toContain('"third"')
    expect(seen).toEqual([answered('first', 'one')])
    expect(sockets.map(isNodes)).toEqual([false])
    socket.destroy()
  })

  it('finds it when a later call has the connection by messages', async () => {
    const contexts: HandlerContext[] = []
    const { port } = await serve((context) => {
      contexts.push(context)
      return json(contexts.length > 1 ? context.req.url : 1)
    })
    const socket = await open(port, '')
    await ask(socket, get(target('first'), { ...keep, Custom: 'one' }))
    expect(await ask(socket, get(target('second'), keep))).toContain(target('second'))
    expect(seenOf(contexts[0] as HandlerContext)).toEqual(answered('first', 'one'))
    expect(await ask(socket, get(target('third'), keep))).toContain(target('third'))
    socket.destroy()
  })

  it('finds it after the connection is closed, and leaves nothing behind', async () => {
    const contexts: HandlerContext[] = []
    const { port, sockets } = await serve((context) => {
      contexts.push(context)
      return json(1)
    })
    await exchange(port, get(target('first'), { Custom: 'one' }))
    await until(() => sockets[0]?.closed === true)
    const [context] = contexts as [HandlerContext]
    // As on Node's: the address of a connection that is closed is not known any more.
    expect(seenOf(context)).toEqual({ ...answered('first', 'one'), ip: context.req.ip })
    expect(await server.running.close(5_000)).toBe(0)
  })

  it('finds the same messages each time, with the body as it was read', async () => {
    let context: HandlerContext | undefined
    const { port } = await serve((its) => {
      context = its
      return json({})
    })
    await exchange(port, post(raw, '{"s":"x"}'))
    const { req, res } = context as HandlerContext
    expect(req).toBe(context?.req)
    expect(res).toBe(context?.res)
    expect(req.res).toBe(res)
    expect(req.body).toEqual({ s: 'x' })
    const chunks: unknown[] = []
    for await (const chunk of req) chunks.push(chunk)
    expect(chunks).toEqual([])
  })

  it('cannot change what has been answered, nor write to the connection', async () => {
    const contexts: HandlerContext[] = []
    const { port, sockets } = await serve((context) => {
      contexts.push(context)
      return json(contexts.length)
    })
    const socket = await open(port, '')
    await ask(socket, get(any, keep))
    const { req, res } = contexts[0] as HandlerContext
    expect(() => res.setHeader('X-Late', '1')).toThrow(/after they are sent/)
    expect(() => res.status(500).json({})).toThrow(/after they are sent/)
    const failure = await new Promise((resolve) => res.write('late', resolve))
    expect(failure).toMatchObject({ code: 'ERR_STREAM_WRITE_AFTER_END' })
    res.end('late')
    req.destroy()
    await delay(20)
    expect(await ask(socket, get(any, keep))).toMatch(/\r\n\r\n2$/)
    expect(sockets.map(isNodes)).toEqual([false])
    socket.destroy()
  })

  it('may look while its answer is not taken yet', async () => {
    const contexts: HandlerContext[] = []
    const { port } = await serve((context) => {
      contexts.push(context)
      return json('x'.repeat(20_000_000))
    })
    const stateOf = ({ res }: HandlerContext): boolean[] => [
      res.headersSent,
      res.writableEnded,
      res.writableFinished,
      res.closed,
      res.destroyed,
    ]
    const sockets = await Promise.all([open(port, get(any, keep)), open(port, get(any, keep))])
    for (const socket of sockets) socket.pause()
    await until(() => contexts.length === 2)
    await until(() => contexts.every(({ res }) => res.headersSent))
    const events: string[][] = contexts.map(({ res }) => {
      const seen: string[] = []
      for (const event of ['finish', 'close']) res.on(event, () => seen.push(event))
      return seen
    })
    await delay(30)
    for (const context of contexts) {
      expect(stateOf(context)).toEqual([true, true, false, false, false])
    }
    sockets[0]?.resume()
    sockets[1]?.resetAndDestroy()
    await until(() => events.every((seen) => seen.includes('close')))
    await delay(30)
    expect(events).toEqual([['finish', 'close'], ['close']])
    expect(contexts.map(stateOf)).toEqual([
      [true, true, true, true, true],
      [true, true, false, true, true],
    ])
    sockets[0]?.destroy()
  })

  it('does no harm while its answer is not taken yet', async () => {
    const contexts: HandlerContext[] = []
    const { port } = await serve((context) => {
      contexts.push(context)
      return json(contexts.length > 1 ? 'next' : 'x'.repeat(20_000_000))
    })
    const socket = await open(port, get(any, keep))
    socket.pause()
    await until(() => contexts[0]?.res.writableEnded === true)
    const { req, res } = contexts[0] as HandlerContext
    res.setTimeout(10)
    const failures: unknown[] = []
    res.on('error', ({ message }) => failures.push(message))
    res.write('late')
    await until(() => failures.length > 0)
    const events: string[] = []
    for (const event of ['finish', 'close']) res.on(event, () => events.push(event))
    res.destroy(new Error('late'))
    req.destroy(new Error('late'))
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    socket.resume()
    await until(() => bytes > 20_000_000)
    expect(await ask(socket, get(any, keep))).toContain('"next"')
    expect(failures).toEqual(['write after end'])
    expect(events).toEqual(['close'])
    socket.destroy()
  })

  it('finds that its response is closed, as it has been told', async () => {
    let context: HandlerContext | undefined
    const { port } = await serve((its) => {
      context = its
      return json({})
    })
    await exchange(port, get(any))
    const { req, res } = context as HandlerContext
    const events: string[] = []
    for (const event of ['finish', 'close']) res.on(event, () => events.push(event))
    for (const event of ['end', 'close']) req.on(event, () => events.push(event))
    expect([res.writableFinished, res.closed, res.destroyed]).toEqual([true, true, true])
    expect([req.readableEnded, req.closed, req.destroyed]).toEqual([true, true, true])
    await finished(res)
    await finished(req)
    res.destroy()
    await delay(20)
    expect(events).toEqual([])
  })

  it('has no signal to wait for', async () => {
    let context: HandlerContext | undefined
    const { port } = await serve((its) => {
      context = its
      return json({})
    })
    await exchange(port, get(any))
    expect(context?.signal.aborted).toBe(false)
  })
})

describe('an observer', () => {
  const whenEnded =
    (look: (call: ObservedCall) => void): CallObserver =>
    (call, next) => {
      call.onEnd(() => look(call))
      next()
    }

  it('may look at the messages of a call that has ended', async () => {
    const seen: unknown[] = []
    const { port, sockets } = await serve(({ params }) => json(params?.kind), {
      observers: [
        whenEnded((call) => {
          seen.push(call.headers.custom, seenOf(call as unknown as HandlerContext))
        }),
      ],
    })
    const socket = await open(port, '')
    await ask(socket, get(target('first'), { ...keep, Custom: 'one' }))
    await ask(socket, get(target('second'), { ...keep, Custom: 'two' }))
    expect(seen).toEqual(['one', answered('first', 'one'), 'two', answered('second', 'two')])
    expect(sockets.map(isNodes)).toEqual([false])
    socket.destroy()
  })

  it('that fails at the end of a call leaves it answered once, and the connection whole', async () => {
    const outcomes: unknown[] = []
    const { port } = await serve(() => json('fine'), {
      observers: [
        whenEnded(() => {
          throw new Error('of the observer')
        }),
        whenEnded(() => outcomes.push('ended')),
      ],
    })
    const socket = await open(port, '')
    for (const headers of [keep, keep, { ...keep, 'If-None-Match': 'x' }, keep]) {
      expect(await ask(socket, get(any, headers))).toMatch(
        /^HTTP\/1.1 200 OK[\s\S]*\r\n\r\n"fine"$/,
      )
    }
    await until(() => outcomes.length === 4)
    socket.destroy()
  })

  it('that fails after it has run the call is an error of the process, and the others are told', async () => {
    const outcomes: unknown[] = []
    const { port } = await serve(() => json('fine'), {
      observers: [
        (call, next) => {
          // What nobody catches would end the tests.
          try {
            next()
          } catch (error) {
            outcomes.push((error as Error).message)
          }
          void call
        },
        whenEnded(() => outcomes.push('ended')),
        (_, next) => {
          next()
          throw new Error('of the observer')
        },
      ],
    })
    for (const headers of [{}, { 'If-None-Match': 'x' }]) {
      expect(await exchange(port, get(any, headers))).toMatchObject([{ body: '"fine"' }])
    }
    await until(() => outcomes.length === 4)
    expect(outcomes).toEqual(['of the observer', 'ended', 'of the observer', 'ended'])
  })

  it('that has looked at the request before the body is read does not change it', async () => {
    const { port } = await serve(({ req, input }) => json([req.body, input?.body]), {
      observers: [
        (call, next) => {
          void call.req.url
          next()
        },
      ],
    })
    const [answer] = await exchange(port, post(raw, '{"s":"x"}'))
    expect(answer).toMatchObject({ body: '[{"s":"x"},{"s":"x"}]' })
  })

  it('that changes headers changes them for the handler', async () => {
    const { port } = await serve(({ req }) => json([req.headers.custom, req.get('Custom')]), {
      observers: [
        (call, next) => {
          call.headers.custom = 'changed'
          next()
        },
      ],
    })
    const [answer] = await exchange(port, get(any, { Custom: 'as sent' }))
    expect(answer).toMatchObject({ body: '["changed","changed"]' })
  })

  it('sees late headers of its own call, which are the same each time', async () => {
    const calls: ObservedCall[] = []
    const { port } = await serve(() => json({}), {
      observers: [
        (call, next) => {
          calls.push(call)
          next()
        },
      ],
    })
    const socket = await open(port, '')
    await ask(socket, get(any, { ...keep, Custom: 'one' }))
    await ask(socket, get(any, { ...keep, Custom: 'two' }))
    expect(calls.map(({ headers }) => headers.custom)).toEqual(['one', 'two'])
    expect(calls[0]?.headers).toBe(calls[0]?.headers)
    socket.destroy()
  })
})

describe('a stream that is said to be JSON', () => {
  const file = fileURLToPath(import.meta.url)

  it.each([
    ['of a file', () => createReadStream(file)],
    ['of values', () => Readable.from(['as it is'])],
  ])('%s is written as it comes', async (_, open) => {
    const { port } = await serve(() => json(open()))
    const expected = await text(open())
    for (const request of [get(any), post(raw, '{"s":"x"}')]) {
      expect(await exchange(port, request)).toMatchObject([{ body: utf8(expected) }])
    }
  })

  it('that fails ends the connection', async () => {
    const { port } = await serve(() => json(createReadStream(`${file}.missing`)))
    for (const request of [get(any), post(raw, '{"s":"x"}')]) {
      const answers = await exchange(port, request)
      expect(answers).not.toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
    }
  })
})
