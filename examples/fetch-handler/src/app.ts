import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { logger } from 'hono/logger'
import type { Server } from '../generated/index.ts'

/** An application of a `fetch` framework, with the service below `/xrpc/`. */
export function createApp(server: Server): Hono<{ Bindings: Partial<HttpBindings> }> {
  const xrpc = server.createFetchHandler()
  const app = new Hono<{ Bindings: Partial<HttpBindings> }>()
  app.use('/xrpc/*', logger(), async (context, next) => {
    await next()
    context.header('access-control-allow-origin', '*')
  })
  app.all('/xrpc/*', ({ req, env }) =>
    // A `Request` has no client address, which rate limits need.
    xrpc(req.raw, { remoteAddress: env?.incoming?.socket.remoteAddress }),
  )
  app.get('/', (context) => context.text('Files, over XRPC'))
  return app
}
