import { afterEach, describe, expect, it } from '@jest/globals'
import { type HttpServer, ListenError, openHttpServer } from './http-server.ts'

const servers: HttpServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain(0))))

async function open(): Promise<HttpServer> {
  const server = await openHttpServer({ port: 0, address: '127.0.0.1' })
  servers.push(server)
  return server
}

async function ask(port: number): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/`)
}

describe('openHttpServer', () => {
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
    const taken = openHttpServer({ port, address: '127.0.0.1' })
    await expect(taken).rejects.toThrow(ListenError)
    await expect(taken).rejects.toThrow(
      `Port ${port} is in use by another program. Stop it, or choose another port: PDS_PORT=${port + 1}`,
    )
    await expect(openHttpServer({ port: 0, address: '203.0.113.1' })).rejects.toThrow(
      '203.0.113.1 is no address of this machine',
    )
  })
})
