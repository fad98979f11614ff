import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type HandlerContext, MemoryRateLimiter } from '@atproto/xrpc-server'
import { type Account, createAccount, resolveHandle, verify } from '../work.ts'

/** Node's own server: parses and writes JSON, and checks nothing. */
export async function start(): Promise<Server> {
  return createServer(serve)
}

/** The same with the library's in-memory rate limiter, and the headers that the stock server sends. */
export async function startLimited(): Promise<Server> {
  const limiter = new MemoryRateLimiter<HandlerContext>({
    keyPrefix: 'all',
    durationMs: 60_000,
    points: 1_000_000_000,
    calcKey: ({ req }) => req.socket.remoteAddress ?? '',
    calcPoints: () => 1,
  })
  return createServer(async (req, res) => {
    const status = await limiter.consume({ req, res } as HandlerContext)
    if (status) {
      res.setHeader('RateLimit-Limit', status.limit)
      res.setHeader('RateLimit-Reset', Math.floor((Date.now() + status.msBeforeNext) / 1000))
      res.setHeader('RateLimit-Remaining', status.remainingPoints)
      res.setHeader('RateLimit-Policy', `${status.limit};w=${status.duration}`)
      res.setHeader(
        'Access-Control-Expose-Headers',
        'RateLimit-Limit, RateLimit-Reset, RateLimit-Remaining, RateLimit-Policy',
      )
    }
    serve(req, res)
  })
}

/** The same with a header read and checked. */
export async function startVerified(): Promise<Server> {
  return createServer((req, res) => {
    verify(req.headers)
    serve(req, res)
  })
}

/** The same with a header set before each call, as middleware does. */
export async function startWithHeader(): Promise<Server> {
  return createServer((req, res) => {
    res.setHeader('X-Content-Type-Options', 'nosniff')
    serve(req, res)
  })
}

const serve: RequestListener = (req, res) => {
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
}

function send(res: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value)
  res.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  res.end(text)
}
