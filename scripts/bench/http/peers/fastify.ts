import type { Server } from 'node:http'
import fastify from 'fastify'
import { type Account, createAccount, resolveHandle } from '../work.ts'

const text = { type: 'string' }

/** Fastify with schemas for input and output. */
export async function start(): Promise<Server> {
  const app = fastify()
  app.post('/xrpc/com.atproto.account.create', {
    schema: {
      body: {
        type: 'object',
        required: ['handle', 'email', 'password'],
        properties: {
          handle: text,
          email: text,
          password: text,
          inviteCode: text,
          recoveryKey: text,
        },
      },
      response: {
        200: {
          type: 'object',
          required: ['accessJwt', 'refreshJwt', 'handle', 'did'],
          properties: { accessJwt: text, refreshJwt: text, handle: text, did: text },
        },
      },
    },
    handler: async ({ body }) => createAccount(body as Account),
  })
  app.get('/xrpc/com.atproto.handle.resolve', {
    schema: {
      querystring: { type: 'object', properties: { handle: text } },
      response: { 200: { type: 'object', required: ['did'], properties: { did: text } } },
    },
    handler: async ({ query }) => resolveHandle((query as { handle?: string }).handle),
  })
  await app.ready()
  return app.server
}
