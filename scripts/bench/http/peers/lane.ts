import { createServer, type Server } from '@lexwright/generated'
import { CallMetrics } from '@lexwright/xrpc'
import { createAccount, resolveHandle } from '../work.ts'

/** A generated server, listening by itself. */
export async function start(): Promise<number> {
  return (await serverWithMethods().listen()).port
}

/** The same, counting and timing every call. */
export async function startObserved(): Promise<number> {
  const { observer } = new CallMetrics()
  return (await serverWithMethods().listen({ observers: [observer] })).port
}

/** The same with 400 methods more, registered before the two that are called. */
export async function startLarge(): Promise<number> {
  return (await serverWithMethods(400).listen()).port
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
