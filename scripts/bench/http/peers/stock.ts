import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer } from '@atproto/xrpc-server'
import { schemas } from '@lexwright/generated/lexicons'
import { createAccount, resolveHandle } from '../work.ts'

/** The stock server, as it comes. */
export async function start(): Promise<Server> {
  const server = createServer(structuredClone([...schemas]))
  server.method('com.atproto.account.create', ({ input }) => ({
    encoding: 'application/json',
    body: createAccount((input as { body: Parameters<typeof createAccount>[0] }).body),
  }))
  server.method('com.atproto.handle.resolve', ({ params }) => ({
    encoding: 'application/json',
    body: resolveHandle(params.handle as string | undefined),
  }))
  return createHttpServer(server.router)
}
