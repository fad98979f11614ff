import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from '../testing.ts'
import { openPair } from './pair.ts'
import { callAll, runtimeService, streamTicks, subscribeAll } from './runtime-service.ts'

/**
 * A program for Node, Bun and Deno. `serve` prints the ports of a stock server, of `listen()` and of a server with
 * `attach`; the other commands print their results.
 */
const [command, url = ''] = process.argv.slice(2)

async function serve(): Promise<object> {
  const pair = await openPair({
    arrange: (xrpc) => streamTicks(xrpc),
    listen: { limits: { pingInterval: 50, pongTimeout: 150 } },
  })
  const service = runtimeService()
  const http = createServer(service.listener)
  service.attach(http)
  await new Promise<void>((resolve) => http.listen(0, resolve))
  const { port } = http.address() as AddressInfo
  return { stock: pair.stock, listen: pair.lane, attach: port }
}

async function inMemory(): Promise<object> {
  const service = runtimeService()
  const fetch = service.createFetchHandler()
  const answer = await fetch(
    new Request('http://example.test/xrpc/io.example.text', {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: 'hello',
    }),
  )
  const asked = await request(service, 'io.example.fail', { params: { kind: 'declared' } })
  return {
    fetched: [answer.status, await answer.text()],
    requested: [asked.status, asked.body],
  }
}

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  serve,
  'in memory': inMemory,
  call: () => callAll(url),
  subscribe: () => subscribeAll(url),
}
console.log(JSON.stringify(await commands[command ?? '']?.()))
if (command !== 'serve') process.exit()
