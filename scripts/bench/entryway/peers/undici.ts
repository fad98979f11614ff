import { createServer, type Server } from 'node:http'
import { Pool } from 'undici'

/** A plain proxy: forwards everything to one host without inspecting it. */
export function start(host: string): Server {
  const pool = new Pool(host, { connections: 64 })
  return createServer((req, res) => {
    const { host: _, connection: __, ...headers } = req.headers
    const method = req.method === 'POST' ? 'POST' : 'GET'
    const call = {
      path: req.url ?? '/',
      method,
      headers,
      body: method === 'POST' ? req : null,
      opaque: res,
    } as const
    pool
      .stream(call, ({ statusCode, headers: received }) => {
        const { connection: ___, 'keep-alive': ____, ...kept } = received
        return res.writeHead(statusCode, kept)
      })
      .catch(() => res.destroy())
  })
}
