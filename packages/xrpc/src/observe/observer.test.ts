import type { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { open, until } from '../testing/client.ts'
import { json, keep, nextAnswer } from '../testing/connection.ts'
import { exchange } from '../testing/exchange.ts'
import { get, post } from '../testing/requests.ts'
import { any, testServer } from '../testing/serve.ts'
import type { CallObserver, ObservedCall } from './observer.ts'

const server = testServer()
const raw = '/xrpc/io.example.raw'

async function ask(socket: Socket, request: string): Promise<string> {
  socket.write(request)
  return await nextAnswer(socket)
}

describe('an observer', () => {
  const whenEnded =
    (look: (call: ObservedCall) => void): CallObserver =>
    (call, next) => {
      call.onEnd(() => look(call))
      next()
    }

  it('that fails at the end of a call neither repeats the answer nor breaks the connection', async () => {
    const outcomes: unknown[] = []
    const port = await server.serve(() => json('fine'), {
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

  const failing: Record<string, CallObserver> = {
    'throws before it has run the call': () => {
      throw new Error('of the observer')
    },
    'throws after it has run the call': (_, next) => {
      next()
      throw new Error('of the observer')
    },
    'rejects before it has run the call': async () => {
      await Promise.reject(new Error('of the observer'))
    },
    'rejects after it has run the call': async (_, next) => {
      next()
      await Promise.reject(new Error('of the observer'))
    },
    'throws at the end of a call': whenEnded(() => {
      throw new Error('of the observer')
    }),
    'rejects at the end of a call': whenEnded(async () => {
      await Promise.reject(new Error('of the observer'))
    }),
    'never runs the call': () => {},
    'runs the call twice': (_, next) => {
      next()
      next()
    },
    'runs the call late': async (_, next) => {
      await Promise.resolve()
      next()
    },
  }
  it.each(Object.entries(failing))(
    'that %s does not affect the answer, nor other observers',
    async (name, observer) => {
      const logged: string[] = []
      let calls = 0
      let ended = 0
      const others = whenEnded(() => ended++)
      const port = await server.serve(
        () => {
          calls++
          return json('fine')
        },
        {
          observers: [others, observer, others],
          logger: { error: (details) => logged.push((details as { err: Error }).err.message) },
        },
      )
      for (const headers of [{}, { 'If-None-Match': 'x' }]) {
        expect(await exchange(port, get(any, headers))).toMatchObject([{ body: '"fine"' }])
      }
      await until(() => ended === 4)
      expect(calls).toBe(2)
      expect(logged).toEqual(/throws|rejects/.test(name) ? Array(2).fill('of the observer') : [])
    },
  )

  it('is not blamed for an error of the fallback', async () => {
    const logged: unknown[] = []
    const thrown: unknown[] = []
    const port = await server.serve(() => json('fine'), {
      observers: [
        (_, next) => {
          // If uncaught, the error would end the test run.
          try {
            next()
          } catch (error) {
            thrown.push(error)
          }
        },
        (_, next) => next(),
      ],
      fallback: (_, res) => {
        res.end('fallback')
        throw new Error('of the fallback')
      },
      logger: { error: (details) => void logged.push(details) },
    })
    expect(await exchange(port, get('/elsewhere'))).toMatchObject([{ body: 'fallback' }])
    expect([thrown, logged]).toEqual([[new Error('of the fallback')], []])
  })

  it('that reads the request before the body is read does not change it', async () => {
    const port = await server.serve(({ req, input }) => json([req.body, input?.body]), {
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

  it('can change headers for the handler', async () => {
    const port = await server.serve(({ req }) => json([req.headers.custom, req.get('Custom')]), {
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
})
