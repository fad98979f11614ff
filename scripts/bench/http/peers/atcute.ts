import { createServer, type Server } from 'node:http'
import * as v from '@atcute/lexicons/validations'
import { json, XRPCRouter } from '@atcute/xrpc-server'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { createAccount, resolveHandle } from '../work.ts'

const create = v.procedure('com.atproto.account.create', {
  params: null,
  input: {
    type: 'lex',
    schema: v.object({
      handle: v.handleString(),
      email: v.string(),
      password: v.string(),
      inviteCode: v.optional(v.string()),
      recoveryKey: v.optional(v.string()),
    }),
  },
  output: {
    type: 'lex',
    schema: v.object({
      accessJwt: v.string(),
      refreshJwt: v.string(),
      handle: v.handleString(),
      did: v.didString(),
    }),
  },
})

const resolve = v.query('com.atproto.handle.resolve', {
  params: v.object({ handle: v.optional(v.handleString()) }),
  output: { type: 'lex', schema: v.object({ did: v.didString() }) },
})

/** The router of atcute, with the Node adapter from its README. */
export async function start(): Promise<Server> {
  const router = new XRPCRouter()
  router.addProcedure(create, {
    handler: async ({ input }) => json(createAccount(input as never) as never),
  })
  router.addQuery(resolve, {
    handler: async ({ params }) => json(resolveHandle(params.handle) as never),
  })
  return createServer(createRequestListener((request) => router.fetch(request)))
}
