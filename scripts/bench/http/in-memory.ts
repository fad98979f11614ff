import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { connectInMemory } from '../../../packages/xrpc/src/http/memory-connection.ts'
import { isWholeAnswer, requestOf } from './messages.ts'
import * as lane from './peers/lane.ts'
import { workloads } from './work.ts'

/**
 * A process that measures what options add to a call, over in-memory connections: without the kernel a call takes a
 * quarter of the time, so that differences of a microsecond show. Blocks of calls alternate, and the fastest tenth
 * counts, since disturbances only add time.
 */
const BLOCKS = 40
const CALLS = 250

const starts: Readonly<Record<string, () => Promise<Server>>> = {
  'no option': lane.start,
  'CORS, any origin': lane.startWithCors,
  'CORS, a list of origins': lane.startWithOrigins,
  'a middleware that sets a header': lane.startWithMiddleware,
  'an interceptor': lane.startIntercepted,
  'handlers that return a promise': lane.startAsync,
  'handlers that return a promise, and an interceptor': lane.startAsyncIntercepted,
  'a verifier that reads a header': lane.startVerified,
}

/** CPU microseconds per call, by option, for each workload. */
export type MeasuredOptions = readonly (readonly (readonly [string, number])[])[]

const results: (readonly (readonly [string, number])[])[] = []
for (const workload of workloads) results.push(await measure(requestOf(workload, 'example.test')))
process.send?.(results satisfies MeasuredOptions)
process.disconnect()

async function measure(request: Buffer): Promise<readonly (readonly [string, number])[]> {
  const subjects = await Promise.all(
    Object.entries(starts).map(async ([name, start]) => {
      const call = callerOf(connectInMemory(await start()), request)
      return { name, call, times: [] as number[] }
    }),
  )
  for (let block = 0; block < BLOCKS; block++) {
    for (const { call, times } of block % 2 ? subjects.toReversed() : subjects) {
      const before = process.cpuUsage()
      for (let n = 0; n < CALLS; n++) await call()
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / CALLS)
    }
  }
  return subjects.map(({ name, times }) => [name, quick(times)])
}

function callerOf(socket: Duplex, request: Buffer): () => Promise<void> {
  let received = ''
  let answered = Promise.withResolvers<void>()
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1')
    if (!isWholeAnswer(received)) return
    if (!received.startsWith('HTTP/1.1 200 ')) answered.reject(new Error(received))
    answered.resolve()
  })
  return async () => {
    received = ''
    answered = Promise.withResolvers()
    socket.write(request)
    await answered.promise
  }
}

function quick(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)] ?? Number.NaN
}
