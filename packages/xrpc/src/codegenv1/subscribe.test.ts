import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { ErrorFrame, MessageFrame } from '@atproto/xrpc-server'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { type WebSocket, WebSocketServer } from 'ws'
import { type SubscribeOptions, subscribeTo } from './subscribe.ts'

const descriptor = {
  nsid: 'com.example.subscribe',
  parameters: { cursor: 'integer', kind: 'string' },
  toKnownErr: (error: unknown) => error,
}
const resume = ({ seq }: { seq?: number }) => ({ cursor: seq })

/** Handles one connection; the last in the list handles all further ones. */
type Behaviour = (socket: WebSocket) => void
let server: WebSocketServer
let behaviours: Behaviour[]
let queries: string[]

beforeEach(async () => {
  behaviours = []
  queries = []
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, { url = '' }) => {
    queries.push(new URL(url, 'ws://localhost').search)
    const behave = behaviours.length > 1 ? behaviours.shift() : behaviours[0]
    behave?.(socket)
  })
  await once(server, 'listening')
  // Skips the delays between attempts.
  jest.useFakeTimers({ advanceTimers: true, doNotFake: ['nextTick', 'setImmediate'] })
})
afterEach(async () => {
  jest.useRealTimers()
  for (const socket of server.clients) socket.terminate()
  await new Promise((resolve) => server.close(resolve))
})

const send =
  (seqs: readonly number[], then: Behaviour): Behaviour =>
  (socket) => {
    for (const seq of seqs) socket.send(new MessageFrame({ seq }, { type: '#event' }).toBytes())
    then(socket)
  }
const end: Behaviour = (socket) => socket.close(1000)
const breakOff: Behaviour = (socket) => socket.close(1011)
const goAway: Behaviour = (socket) => socket.close(1001)

async function read(
  params: Record<string, unknown>,
  options: SubscribeOptions,
): Promise<readonly number[]> {
  const { port } = server.address() as AddressInfo
  const seen: number[] = []
  for await (const message of subscribeTo(`http://127.0.0.1:${port}`, descriptor, params, options))
    seen.push((message as { seq: number }).seq)
  return seen
}

/** Advances time until a promise settles. */
async function whileTimePasses<T>(promise: Promise<T>): Promise<T> {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  promise.then(done, done)
  while (!isDone) {
    await new Promise(setImmediate)
    jest.advanceTimersByTime(100)
  }
  return promise
}

describe('a subscription that resumes', () => {
  it('continues after the last message when the connection is lost', async () => {
    behaviours = [send([1, 2], goAway), send([3], breakOff), breakOff, send([4, 5], end)]
    const reasons: string[] = []
    const onReconnect = (error: unknown) => void reasons.push((error as Error).message)
    const seen = await whileTimePasses(read({ kind: 'x' }, { resume, onReconnect }))
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(queries).toEqual(['?kind=x', ...[2, 3, 3].map((n) => `?kind=x&cursor=${n}`)])
    expect(reasons.map((reason) => /\d{4}/.exec(reason)?.[0])).toEqual(['1001', '1011', '1011'])
  })

  it('keeps its position across messages without a cursor', async () => {
    const info: Behaviour = (socket) => {
      socket.send(new MessageFrame({}, { type: '#info' }).toBytes())
      breakOff(socket)
    }
    behaviours = [info, send([7], info), end]
    await whileTimePasses(read({ cursor: 3 }, { resume }))
    expect(queries).toEqual(['?cursor=3', '?cursor=3', '?cursor=7'])
  })

  it('ends with an error that the server sends', async () => {
    const error = new ErrorFrame({ error: 'FutureCursor', message: 'not yet' })
    behaviours = [
      send([1], (socket) => {
        socket.send(error.toBytes())
        socket.close(1008)
      }),
    ]
    await expect(whileTimePasses(read({}, { resume }))).rejects.toMatchObject({
      error: 'FutureCursor',
      message: 'not yet',
    })
    expect(queries).toHaveLength(1)
  })

  it('ends when it is aborted, even while it waits to reconnect', async () => {
    behaviours = [send([1], breakOff)]
    const stop = new AbortController()
    const reading = read({}, { resume, signal: stop.signal, onReconnect: () => stop.abort() })
    expect(await reading).toEqual([1])
  })
})

describe('a subscription that does not', () => {
  it('fails with the reason when the connection is lost', async () => {
    behaviours = [send([1], (socket) => socket.close(1011, 'out of order'))]
    await expect(read({}, {})).rejects.toMatchObject({ message: 'out of order' })
    expect(queries).toEqual([''])
  })

  it('does not connect with a parameter the method does not have', async () => {
    await expect(read({ other: 1 }, { resume })).rejects.toThrow('Unknown parameter: other')
    expect(queries).toEqual([])
  })

  it('sends its headers', async () => {
    behaviours = [end]
    const [[, { headers }]] = await Promise.all([
      once(server, 'connection'),
      read({}, { headers: { Authorization: 'Bearer token' } }),
    ])
    expect(headers.authorization).toBe('Bearer token')
  })
})
