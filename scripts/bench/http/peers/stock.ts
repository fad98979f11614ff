import type { AddressInfo } from 'node:net'
import { createServer } from '@atproto/xrpc-server'
import { schemas } from '@lexwright/generated/lexicons'
import { createAccount, resolveHandle } from '../work.ts'

/** The stock server, as it comes. */
export function start(): Promise<number> {
  const server = createServer(structuredClone([...schemas]))
  server.method('com.atproto.account.create', ({ input }) => ({
    encoding: 'application/json',
    body: createAccount((input as { body: Parameters<typeof createAccount>[0] }).body),
  }))
  server.method('com.atproto.handle.resolve', ({ params }) => ({
    encoding: 'application/json',
    body: resolveHandle(params.handle as string | undefined),
  }))
  return new Promise((resolve) => {
    const http = server.listen(0, () => resolve((http.address() as AddressInfo).port))
  })
}
