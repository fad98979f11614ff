/**
 * Sends 100,000 malformed and truncated requests to a server in its own process. Fails if it ends, stops serving, or
 * uses more memory afterwards.
 *
 *     node --conditions=@lexwright/source scripts/checks/abuse.ts [requests]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { assault } from '../../packages/xrpc/src/testing/assault.ts'
import { documents } from '../../packages/xrpc/src/testing/documents.ts'
import { exchange } from '../../packages/xrpc/src/testing/exchange.ts'
import { handlers } from '../../packages/xrpc/src/testing/handlers.ts'
import { serviceOf } from '../../packages/xrpc/src/testing/pair.ts'
import { get } from '../../packages/xrpc/src/testing/requests.ts'

const REQUESTS = Number(process.argv[2] ?? 100_000)
/** Bytes of live heap allowed for compilation and caches. */
const ALLOWANCE = 3_000_000

if (process.send) await serve()
else await check()

async function serve(): Promise<void> {
  const service = serviceOf(documents)
  for (const [nsid, config] of handlers()) service.method(nsid, config)
  const { http, port } = await service.listen()
  process.on('message', () => {
    globalThis.gc?.()
    http.getConnections((_, connections) => {
      process.send?.({
        connections,
        heap: process.memoryUsage().heapUsed,
        rss: process.memoryUsage.rss(),
      })
    })
  })
  process.send?.({ port })
}

async function check(): Promise<void> {
  const server = fork(import.meta.filename, { execArgv: [...process.execArgv, '--expose-gc'] })
  const [{ port }] = await once(server, 'message')
  const state = async (): Promise<State> => {
    server.send('state')
    const [answer] = await once(server, 'message')
    return answer
  }

  // Warm-up: compiles the code and fills the pools.
  await assault({ port, requests: REQUESTS / 5, seed: 1, concurrency: 64 })
  const before = await settled(state)
  await assault({ port, requests: REQUESTS, seed: 2, concurrency: 64 })
  const after = await settled(state)

  const [answer] = await exchange(port, get('/xrpc/io.example.params'))
  const serves = typeof answer === 'object' && answer.status === 'HTTP/1.1 200 OK'
  const grown = after.heap - before.heap
  console.log(`${REQUESTS} requests: ${serves ? 'still serving' : 'no longer serving'}`)
  console.log(`heap ${megabytes(before.heap)} before, ${megabytes(after.heap)} after`)
  console.log(`rss ${megabytes(before.rss)} before, ${megabytes(after.rss)} after`)
  console.log(`connections left: ${after.connections}`)
  server.kill()
  if (!serves || grown > ALLOWANCE || after.connections > 0) process.exitCode = 1
}

interface State {
  readonly connections: number
  readonly heap: number
  readonly rss: number
}

/** The state once all connections are closed, or after a time limit. */
async function settled(state: () => Promise<State>): Promise<State> {
  for (let n = 0; n < 50; n++) {
    if ((await state()).connections === 0) break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await state()
  return await state()
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
