import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { AuthRequiredError } from '@atproto/xrpc-server'
import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { open, until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { converse } from '../testing/exchange.ts'
import { serviceOf } from '../testing/pair.ts'
import { get } from '../testing/requests.ts'
import type { ListenOptions, RunningServer } from './listen.ts'

let running: RunningServer | undefined
const sockets: WebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await running?.close(0)
  running = undefined
})

interface Source {
  /** How many ticks it has been asked for. */
  ticks: number
  signal?: AbortSignal
  isOver: boolean
}

/** Serves a subscription of `n` ticks of some size; it stays open after the last when there are more than five. */
async function serve(options: ListenOptions = {}, size = 0): Promise<Source> {
  const service = serviceOf(documents)
  const source: Source = { ticks: 0, isOver: false }
  service.streamMethod('io.example.subscribe', {
    auth: ({ req }) => {
      if (req.headers.authorization === 'nobody') throw new AuthRequiredError('Who?')
      return { credentials: req.headers.authorization ?? 'anybody' }
    },
    handler: async function* ({ params, auth, signal }) {
      source.signal = signal
      try {
        while (source.ticks < params.n) {
          const n = source.ticks++
          const { credentials } = auth
          yield { $type: 'io.example.subscribe#tick', n, credentials, padding: 'x'.repeat(size) }
        }
        if (params.n > 5) await delay(20_000, undefined, { signal, ref: false }).catch(() => {})
      } finally {
        source.isOver = true
      }
    },
  })
  running = await service.listen(options)
  return source
}

function subscribe(search: string, { name = 'subscribe', headers = {} } = {}): WebSocket {
  const url = `ws://127.0.0.1:${running?.port}/xrpc/io.example.${name}${search}`
  const socket = new WebSocket(url, { headers })
  sockets.push(socket)
  return socket
}

describe('subscriptions', () => {
  it('are served beside calls', async () => {
    await serve()
    const socket = subscribe('?n=3')
    let frames = 0
    socket.on('message', () => frames++)
    const [code] = await once(socket, 'close')
    expect([frames, code]).toEqual([3, 1000])
  })

  it('end with an error frame for bad parameters', async () => {
    await serve()
    const socket = subscribe('')
    const messages: string[] = []
    socket.on('message', (data) => messages.push(String(data)))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1008)
    expect(messages.join()).toContain('must have the property "n"')
  })

  it('know who subscribes, and end with an error frame for those who may not', async () => {
    await serve()
    const known = subscribe('?n=6', { headers: { authorization: 'somebody' } })
    const [message] = await once(known, 'message')
    expect(String(message)).toContain('somebody')
    const refused = subscribe('?n=1', { headers: { authorization: 'nobody' } })
    const messages: string[] = []
    refused.on('message', (data) => messages.push(String(data)))
    expect((await once(refused, 'close'))[0]).toBe(1008)
    expect(messages).toHaveLength(1)
    expect(messages[0]).toMatch(/AuthenticationRequired.*Who\?/s)
  })

  it('do not open for anything else', async () => {
    await serve()
    const [error] = await once(subscribe('', { name: 'params' }), 'error')
    expect(error).toMatchObject({ message: 'socket hang up' })
  })

  it('refuse an upgrade that is no WebSocket handshake', async () => {
    await serve()
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'short' }
    const bytes = await converse(running?.port ?? 0, get('/xrpc/io.example.subscribe?n=1', headers))
    expect(String(bytes)).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('abort their signal, and end, when the subscriber goes', async () => {
    const source = await serve()
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    expect(source.signal?.aborted).toBe(false)
    socket.close()
    await until(() => source.isOver)
    expect(source.signal?.aborted).toBe(true)
  })

  it('are told when the server goes away', async () => {
    await serve()
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    const closed = once(socket, 'close')
    await running?.close(2_000)
    running = undefined
    expect((await closed)[0]).toBe(1001)
  })
})

describe('a subscriber', () => {
  it('that reads slowly is waited for, and let go when it does not read at all', async () => {
    const source = await serve({ limits: { stallTimeout: 250 } }, 100_000)
    const socket = subscribe('?n=100000')
    await once(socket, 'message')
    socket.pause()
    await until(() => source.isOver)
    // What the kernel holds on both sides.
    expect(source.ticks).toBeLessThan(300)
  })

  it('that waits for something to happen is kept', async () => {
    const source = await serve({ limits: { stallTimeout: 50 } })
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    await delay(300)
    expect([socket.readyState, source.isOver]).toEqual([WebSocket.OPEN, false])
  })

  it('may not send large messages', async () => {
    const source = await serve({ limits: { maxMessageSize: 100 } })
    const socket = subscribe('?n=6')
    await once(socket, 'message')
    socket.send('x'.repeat(100))
    socket.send('x'.repeat(101))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
    await until(() => source.isOver)
  })

  it('that leaves in the middle of its handshake costs nothing', async () => {
    await serve()
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const socket = await open(running?.port ?? 0, get('/xrpc/io.example.subscribe?n=9', headers))
    socket.destroy()
    const other = subscribe('?n=1')
    expect((await once(other, 'close'))[0]).toBe(1000)
  })
})
