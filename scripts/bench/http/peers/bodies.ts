import type { Server } from 'node:http'
import { createServer } from '@lexwright/generated'

/** A generated server that accepts large bodies: JSON up to 1.1 MB, and streams of any length. */
export async function start(): Promise<Server> {
  const server = createServer({ payload: { jsonLimit: 1_100_000 } })
  const [json, bytes] = ['com.example.json', 'com.example.bytes'] as const
  const takes = (encoding: string) => ({ type: 'procedure' as const, input: { encoding } })
  server.xrpc.addLexicon({ lexicon: 1, id: json, defs: { main: takes('application/json') } })
  server.xrpc.addLexicon({ lexicon: 1, id: bytes, defs: { main: takes('*/*') } })
  server.method(json, () => {})
  server.method(bytes, async ({ input }) => {
    for await (const _ of input.body);
  })
  return server.createHttpServer()
}
