import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type HttpServer, ListenError, listen } from './http-server.ts'

const servers: HttpServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain(0))))

async function open(): Promise<HttpServer> {
  const server = await listen({ port: 0, address: '127.0.0.1' })
  servers.push(server)
  return server
}

async function ask(port: number): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/`)
}

async function everything(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

describe('listen', () => {
  it('answers 503 until it is told what to serve', async () => {
    const server = await open()
    const early = await ask(server.port)
    expect(early.status).toBe(503)
    expect(early.headers.get('retry-after')).toBe('1')
    expect(await early.json()).toMatchObject({ error: 'ServiceUnavailable' })
    server.serve((_req, res) => res.end('hello'))
    expect(await (await ask(server.port)).text()).toBe('hello')
  })

  it('says what is wrong with an address, and what to do', async () => {
    const { port } = await open()
    const taken = listen({ port, address: '127.0.0.1' })
    await expect(taken).rejects.toThrow(ListenError)
    await expect(taken).rejects.toThrow(
      `Port ${port} is in use by another program. Stop it, or choose another port: PDS_PORT=${port + 1}`,
    )
    await expect(listen({ port: 0, address: '203.0.113.1' })).rejects.toThrow(
      '203.0.113.1 is no address of this machine',
    )
  })

  it('lets requests under way finish, and closes their connections after them', async () => {
    const server = await open()
    const agent = new Agent({ keepAlive: true })
    server.serve(async (_req, res) => {
      await delay(200)
      res.end('done')
    })
    const answer = new Promise<string>((resolve, reject) => {
      get({ port: server.port, agent }, (response) => {
        response.once('data', (data) => resolve(String(data)))
      }).once('error', reject)
    })
    while (server.active() === 0) await delay(5)
    const started = performance.now()
    expect(await server.drain(60_000)).toBe(0)
    expect(performance.now() - started).toBeLessThan(30_000)
    expect(await answer).toBe('done')
    agent.destroy()
  })

  it('gives up on a client that does not take its answer', async () => {
    const server = await listen({ port: 0, address: '127.0.0.1', stallTimeout: 300 })
    servers.push(server)
    const closed = new Promise<boolean>((resolve) => {
      server.serve((_req, res) => {
        res.once('close', () => resolve(res.writableFinished))
        res.end(Buffer.alloc(50_000_000))
      })
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await closed).toBe(false)
    socket.destroy()
  })

  it('waits for nobody who has not asked anything', async () => {
    const server = await open()
    const silent = connect(server.port, '127.0.0.1')
    const used = connect(server.port, '127.0.0.1')
    used.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => used.once('data', resolve))
    const started = performance.now()
    expect(await server.drain(60_000)).toBe(0)
    expect(performance.now() - started).toBeLessThan(30_000)
    await Promise.all([everything(silent), everything(used)])
  })

  it('cuts off at the deadline what does not end, and says how much that was', async () => {
    const server = await open()
    server.serve(() => {})
    const hanging = ask(server.port).catch(() => 'cut off')
    while (server.active() === 0) await delay(5)
    expect(await server.drain(50)).toBe(1)
    expect(await hanging).toBe('cut off')
  })
})
