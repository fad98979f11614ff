import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { RunningServer } from './listen.ts'
import { open } from './testing/client.ts'
import { documents } from './testing/documents.ts'
import { serviceOf } from './testing/pair.ts'
import { get } from './testing/requests.ts'
import { any, bare, serveHandler } from './testing/serve.ts'

let running: RunningServer | undefined
afterEach(async () => {
  await running?.close(0)
  running = undefined
})

async function serve(...args: Parameters<typeof serveHandler>): Promise<number> {
  running = await serveHandler(...args)
  return running.port
}

describe('close', () => {
  it('finishes what is under way, ends what is idle, and takes nothing new', async () => {
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
    const closing = running?.close(5_000)
    running = undefined
    await once(idle, 'close')
    const refused = connect(port, '127.0.0.1')
    const [error] = await once(refused, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    finish()
    const [bytes] = await once(busy, 'data')
    expect(String(bytes)).toContain('200 OK')
    expect(await closing).toBe(0)
  })

  it('cuts off at its deadline what does not finish', async () => {
    const port = await serve(() => delay(20_000, undefined, { ref: false }))
    const busy = await open(port, get(any))
    await delay(20)
    const started = performance.now()
    expect(await running?.close(60)).toBe(1)
    running = undefined
    expect(performance.now() - started).toBeLessThan(2_000)
    if (!busy.closed) await once(busy, 'close')
  })
})

describe('subscriptions', () => {
  async function subscribable(): Promise<{ port: number; ended: () => boolean }> {
    const service = serviceOf(documents)
    let ended = false
    service.streamMethod('io.example.subscribe', async function* ({ params }) {
      try {
        for (let n = 0; n < params.n; n++) yield { $type: 'io.example.subscribe#tick', n }
        if (params.n > 5) await delay(20_000, undefined, { ref: false })
      } finally {
        ended = true
      }
    })
    running = await service.listen()
    return { port: running.port, ended: () => ended }
  }

  it('are served beside calls', async () => {
    const { port } = await subscribable()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/xrpc/io.example.subscribe?n=3`)
    let frames = 0
    socket.on('message', () => frames++)
    const [code] = await once(socket, 'close')
    expect([frames, code]).toEqual([3, 1000])
  })

  it('end with an error frame for bad parameters', async () => {
    const { port } = await subscribable()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/xrpc/io.example.subscribe`)
    const messages: string[] = []
    socket.on('message', (data) => messages.push(String(data)))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1008)
    expect(messages.join()).toContain('must have the property "n"')
  })

  it('are told when the server goes away', async () => {
    const { port } = await subscribable()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/xrpc/io.example.subscribe?n=6`)
    await once(socket, 'message')
    const closed = once(socket, 'close')
    await running?.close(2_000)
    running = undefined
    expect((await closed)[0]).toBe(1001)
  })

  it('do not open for anything else', async () => {
    const { port } = await subscribable()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/xrpc/io.example.params`)
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ message: 'socket hang up' })
  })
})
