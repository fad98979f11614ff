import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type Options } from '@atproto/xrpc-server'
import { schemas } from '@lexwright/generated/lexicons'
import { type Account, createAccount, rateLimits, resolveHandle, verify } from '../work.ts'

/** The stock server with default options. */
export async function start(): Promise<Server> {
  return serve({}, undefined)
}

export async function startLimited(): Promise<Server> {
  return serve({ rateLimits }, undefined)
}

export async function startVerified(): Promise<Server> {
  return serve({}, ({ req }) => verify(req.headers))
}

type Verifier = (context: { req: { headers: Parameters<typeof verify>[0] } }) => {
  credentials: string
}

function serve(options: Options, auth: Verifier | undefined): Server {
  const server = createServer(structuredClone([...schemas]), options)
  server.method('com.atproto.account.create', {
    ...(auth && { auth }),
    handler: ({ input }) => ({
      encoding: 'application/json',
      body: createAccount((input as { body: Account }).body),
    }),
  })
  server.method('com.atproto.handle.resolve', {
    ...(auth && { auth }),
    handler: ({ params }) => ({
      encoding: 'application/json',
      body: resolveHandle(params.handle as string | undefined),
    }),
  })
  return createHttpServer(server.router)
}
