import { createServer, type Server, type ServerResponse } from 'node:http'
import { type Account, createAccount, resolveHandle } from '../work.ts'

/** Node's own server with nothing around it: it parses and writes JSON, and checks nothing. */
export async function start(): Promise<Server> {
  return createServer((req, res) => {
    const url = req.url ?? ''
    if (req.method === 'POST' && url === '/xrpc/com.atproto.account.create') {
      const chunks: Buffer[] = []
      req.on('data', (chunk: Buffer) => chunks.push(chunk))
      req.on('end', () => {
        const account: Account = JSON.parse(Buffer.concat(chunks).toString())
        send(res, createAccount(account))
      })
    } else if (req.method === 'GET' && url.startsWith('/xrpc/com.atproto.handle.resolve')) {
      const params = new URLSearchParams(url.slice(url.indexOf('?') + 1))
      send(res, resolveHandle(params.get('handle') ?? undefined))
    } else {
      res.writeHead(404).end()
    }
  })
}

function send(res: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value)
  res.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  res.end(text)
}
