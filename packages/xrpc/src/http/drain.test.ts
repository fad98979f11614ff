import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { open, until } from '../testing/client.ts'
import { get, post } from '../testing/requests.ts'
import { any, bare, testServer } from '../testing/serve.ts'

const server = testServer()
const { serve } = server

describe('close', () => {
  it('finishes calls under way, closes idle connections, and accepts no new ones', async () => {
    let finish = (): void => {}
    const port = await serve(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
    )
    const busy = await open(port, get(bare, { Connection: 'keep-alive' }))
    const idle = await open(port, get('/xrpc/io.example.unknown', { Connection: 'keep-alive' }))
    await once(idle, 'data')
    const closing = server.running.close(60_000)
    await once(idle, 'close')
    const refused = connect(port, '127.0.0.1')
    const [error] = await once(refused, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    finish()
    const [bytes] = await once(busy, 'data')
    expect(String(bytes)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n/)
    expect(await closing).toBe(0)
  })

  it('resets no client that calls continuously', async () => {
    const port = await serve(() => ({ encoding: 'application/json', body: {} }))
    const clients = Array.from({ length: 20 }, () => callUntilTold(port))
    await Promise.all(clients.map(({ begun }) => begun))
    const closing = server.running.close(60_000)
    expect(await Promise.all(clients.map(({ told }) => told))).toEqual(Array(20).fill('close'))
    expect(await closing).toBe(0)
  })

  it('does not reset a client that still sends when it is answered, and accepts no further call from it', async () => {
    let calls = 0
    const answer = Promise.withResolvers<void>()
    const port = await serve(async () => {
      calls++
      await answer.promise
      return { encoding: 'text/plain', body: 'done' }
    })
    const headers = { Connection: 'keep-alive', 'Content-Type': 'application/octet-stream' }
    const upload = post('/xrpc/io.example.blob', 'x'.repeat(70_000), headers)
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let failed: unknown
    client.on('error', (error) => {
      failed = error
    })
    client.write(upload.slice(0, -1))
    await until(() => calls === 1)
    const closing = server.running.close(60_000)
    answer.resolve()
    const [bytes] = await once(client, 'data')
    expect(String(bytes)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n/)
    await once(client, 'end')
    client.write(`x${get(any)}`)
    await delay(50)
    client.write(get(any))
    client.end()
    await once(client, 'close')
    expect(failed).toBeUndefined()
    expect(calls).toBe(1)
    expect(await closing).toBe(0)
  })

  it('closes a connection that has never sent a request', async () => {
    const port = await serve(() => undefined)
    const silent = await open(port, '')
    await server.running.close(60_000)
    if (!silent.closed) await once(silent.resume(), 'close')
  })

  it('answers a request that arrives meanwhile, with Connection: close', async () => {
    let finish = (): void => {}
    const port = await serve(({ params }) =>
      params?.kind
        ? { encoding: 'application/json', body: {} }
        : new Promise<void>((resolve) => {
            finish = resolve
          }),
    )
    const received: Socket[] = []
    server.running.http.on('connection', (socket: Socket) => received.push(socket))
    const busy = await open(port, get(any, { Connection: 'keep-alive' }))
    const late = await open(port, 'GET ')
    await until(() => received.some(({ bytesRead }) => bytesRead === 'GET '.length))
    const closing = server.running.close(60_000)
    late.write(get(`${any}?kind=x`, { Connection: 'keep-alive' }).slice(4))
    const [bytes] = await once(late, 'data')
    expect(String(bytes)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n/)
    finish()
    await once(busy, 'data')
    expect(await closing).toBe(0)
  })

  it('cuts off what is unfinished at its deadline', async () => {
    let calls = 0
    const port = await serve(() => {
      calls++
      return new Promise(() => {})
    })
    const busy = await open(port, get(any))
    await until(() => calls === 1)
    expect(await server.running.close(60)).toBe(1)
    if (!busy.closed) await once(busy, 'close')
  })
})

/** A client that makes calls on one connection until an answer says that it closes. */
function callUntilTold(port: number): { begun: Promise<void>; told: Promise<string> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const begun = Promise.withResolvers<void>()
  const call = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request({ agent, port, host: '127.0.0.1', path: any }, (answer) => {
        answer.resume().once('end', () => resolve(answer.headers.connection ?? ''))
      })
      sent.once('error', reject).end()
    })
  const callAgain = async (): Promise<string> => {
    for (;;) {
      const connection = await call().catch((error: NodeJS.ErrnoException) => String(error.code))
      begun.resolve()
      if (connection !== 'keep-alive') return connection
    }
  }
  return { begun: begun.promise, told: callAgain() }
}
