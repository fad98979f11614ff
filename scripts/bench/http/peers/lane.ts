import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from '@lexwright/generated'
import { observeMetrics } from '@lexwright/xrpc/metrics'
import { createAccount, resolveHandle } from '../work.ts'

/** A generated server, with the HTTP server that its `listen` starts. */
export async function start(): Promise<HttpServer> {
  return serverWithMethods().createHttpServer()
}

/** The same, counting and timing every call. */
export async function startObserved(): Promise<HttpServer> {
  return serverWithMethods().createHttpServer({ observers: [observeMetrics()] })
}

/** The same with 400 methods more, registered before the two that are called. */
export async function startLarge(): Promise<HttpServer> {
  return serverWithMethods(400).createHttpServer()
}

/** The same with handlers that look at the request, so that there has to be one. */
export async function startLooking(): Promise<HttpServer> {
  const server = createServer()
  server.com.atproto.account.create(({ input, req }) => ({
    encoding: 'application/json',
    body: { ...createAccount(input.body), ...(req.url === '' && { handle: '' }) },
  }))
  server.com.atproto.handle.resolve(({ params, req }) => ({
    encoding: 'application/json',
    body: resolveHandle(req.url === '' ? undefined : params.handle),
  }))
  return server.createHttpServer()
}

function serverWithMethods(others = 0): Server {
  const server = createServer()
  for (let n = 0; n < others; n++) {
    const id = `com.example.other${n}` as const
    server.xrpc.addLexicon({ lexicon: 1, id, defs: { main: { type: 'query' } } })
    server.method(id, () => {})
  }
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
