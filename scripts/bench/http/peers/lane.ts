import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from '@lexwright/generated'
import { intercept, type Middleware } from '@lexwright/xrpc'
import { createAccount, rateLimits, resolveHandle, verify } from '../work.ts'

/** A generated server on the HTTP server that `listen` starts. */
export async function start(): Promise<HttpServer> {
  return withMethods(createServer()).createHttpServer()
}

export async function startLimited(): Promise<HttpServer> {
  return withMethods(createServer({ rateLimits })).createHttpServer()
}

export async function startWithCors(): Promise<HttpServer> {
  return withMethods(createServer()).createHttpServer({ cors: true })
}

export async function startWithOrigins(): Promise<HttpServer> {
  const cors = { origin: ['https://app.example', 'https://example.test'] }
  return withMethods(createServer()).createHttpServer({ cors })
}

export async function startWithMiddleware(): Promise<HttpServer> {
  const middleware: Middleware = (_req, res, next) => {
    res.setHeader('X-Content-Type-Options', 'nosniff')
    next()
  }
  return withMethods(createServer()).createHttpServer({ middleware: [middleware] })
}

export async function startIntercepted(): Promise<HttpServer> {
  return intercepted(withMethods(createServer())).createHttpServer()
}

/** With handlers that return promises, as those that ask a database do. */
export async function startAsync(): Promise<HttpServer> {
  return withAsyncMethods(createServer()).createHttpServer()
}

export async function startAsyncIntercepted(): Promise<HttpServer> {
  return intercepted(withAsyncMethods(createServer())).createHttpServer()
}

export async function startVerified(): Promise<HttpServer> {
  const server = createServer()
  const auth = ({ req }: { req: { headers: Parameters<typeof verify>[0] } }) => verify(req.headers)
  server.com.atproto.account.create({
    auth,
    handler: ({ input }) => ({ encoding: 'application/json', body: createAccount(input.body) }),
  })
  server.com.atproto.handle.resolve({
    auth,
    handler: ({ params }) => ({ encoding: 'application/json', body: resolveHandle(params.handle) }),
  })
  return server.createHttpServer()
}

/** The same with handlers that read the request as Express provides it. */
export async function startReading(): Promise<HttpServer> {
  const server = createServer()
  server.com.atproto.account.create(({ input, req }) => ({
    encoding: 'application/json',
    body: { ...createAccount(input.body), ...(req.get('Host') === '' && { handle: '' }) },
  }))
  server.com.atproto.handle.resolve(({ params, req }) => ({
    encoding: 'application/json',
    body: resolveHandle(req.get('Host') === '' ? undefined : params.handle),
  }))
  return server.createHttpServer()
}

function withMethods(server: Server): Server {
  server.com.atproto.account.create(({ input }) => ({
    encoding: 'application/json',
    body: createAccount(input.body),
  }))
  server.com.atproto.handle.resolve(({ params }) => ({
    encoding: 'application/json',
    body: resolveHandle(params.handle),
  }))
  return server
}

function withAsyncMethods(server: Server): Server {
  server.com.atproto.account.create(async ({ input }) => ({
    encoding: 'application/json',
    body: createAccount(input.body),
  }))
  server.com.atproto.handle.resolve(async ({ params }) => ({
    encoding: 'application/json',
    body: resolveHandle(params.handle),
  }))
  return server
}

function intercepted(server: Server): Server {
  intercept(server.com, async (_, next) => await next())
  return server
}
