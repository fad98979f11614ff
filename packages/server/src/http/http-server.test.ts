import { afterEach, describe, expect, it } from '@jest/globals'
import {
  type HttpServer,
  type HttpServerOptions,
  ListenError,
  openHttpServer,
} from './http-server.ts'

const servers: HttpServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain(0))))

async function open(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const server = await openHttpServer({ port: 0, address: '127.0.0.1', ...options })
  servers.push(server)
  return server
}

async function ask(port: number): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/`)
}

describe('openHttpServer', () => {
  it('answers 503 until it serves an application', async () => {
    const server = await open()
    const early = await ask(server.port)
    expect(early.status).toBe(503)
    expect(early.headers.get('retry-after')).toBe('1')
    expect(await early.json()).toMatchObject({ error: 'ServiceUnavailable' })
    server.serve((_req, res) => res.end('hello'))
    expect(await (await ask(server.port)).text()).toBe('hello')
  })

  it('sets CORS headers by origin, even on answers while it starts', async () => {
    const allowed = async (corsOrigins: HttpServerOptions['corsOrigins'], origin: string) => {
      const { port } = await open(corsOrigins && { corsOrigins })
      const { status, headers } = await fetch(`http://127.0.0.1:${port}/xrpc/com.example.get`, {
        headers: { Origin: origin },
      })
      expect(status).toBe(503)
      return headers.get('access-control-allow-origin')
    }
    const listed = ['https://app.example', 'https://b.example:8443']
    expect(await allowed('*', 'https://app.example')).toBe('*')
    expect(await allowed(listed, 'https://b.example:8443')).toBe('https://b.example:8443')
    for (const origin of ['https://b.example', 'http://app.example', 'null']) {
      expect([origin, await allowed(listed, origin)]).toEqual([origin, null])
    }
    expect(await allowed([], 'https://app.example')).toBeNull()
    expect(await allowed(undefined, 'https://app.example')).toBeNull()
  })

  it('explains an unusable address, and what to do', async () => {
    const { port } = await open()
    const taken = openHttpServer({ port, address: '127.0.0.1' })
    await expect(taken).rejects.toThrow(ListenError)
    await expect(taken).rejects.toThrow(
      `Port ${port} is in use by another program. Stop it, or choose another port: PDS_PORT=${port + 1}`,
    )
    await expect(openHttpServer({ port: 0, address: '203.0.113.1' })).rejects.toThrow(
      '203.0.113.1 is not an address of this machine',
    )
  })
})
