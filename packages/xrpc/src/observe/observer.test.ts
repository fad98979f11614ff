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

  it('that fails at the end of a call leaves it answered once, and the connection whole', async () => {
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

  it('that fails after it has run the call is an error of the process, and the others are told', async () => {
    const outcomes: unknown[] = []
    const port = await server.serve(() => json('fine'), {
      observers: [
        (_, next) => {
          // Uncaught, the error would end the test run.
          try {
            next()
          } catch (error) {
            outcomes.push((error as Error).message)
          }
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

  it('that changes headers changes them for the handler', async () => {
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
