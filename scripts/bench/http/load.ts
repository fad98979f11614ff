import { connect } from 'node:net'
import { isWholeAnswer, requestOf } from './messages.ts'
import type { Workload } from './work.ts'

/**
 * A process that calls servers as fast as it can, one {@link Job} after the other. It writes to sockets directly: an HTTP
 * client is slower than the servers under test, and would dominate the result.
 */
const CONNECTIONS = 32

export interface Job {
  readonly port: number
  readonly seconds: number
  readonly workload: Workload
}

export interface Load {
  readonly calls: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p99: number
}

process.on('message', (job: Job) => void run(job).then((load) => process.send?.(load)))
// The parent has ended.
process.on('disconnect', () => process.exit())

async function run({ port, seconds, workload }: Job): Promise<Load> {
  const request = requestOf(workload, 'example.test')
  const latencies: number[] = []
  const started = performance.now()
  const end = started + seconds * 1000
  stayAwake(end)
  const calling = { port, request, end, latencies }
  await Promise.all(Array.from({ length: CONNECTIONS }, () => callInTurn(calling)))
  const elapsed = (performance.now() - started) / 1000
  const sorted = Float64Array.from(latencies).sort()
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  return { calls: latencies.length, seconds: elapsed, p99 }
}

/**
 * Waking a process on another core takes time, especially on a virtual machine, and would count for the
 * server.
 */
function stayAwake(end: number): void {
  if (performance.now() < end) setImmediate(stayAwake, end)
}

interface Calling {
  readonly port: number
  readonly request: Buffer
  readonly end: number
  /** Milliseconds of each call. */
  readonly latencies: number[]
}

/** Opens a connection and calls on it until the time is up. */
function callInTurn({ port, request, end, latencies }: Calling): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0
    let received = ''
    const send = (): void => {
      received = ''
      sent = performance.now()
      socket.write(request)
    }
    const buffer = Buffer.alloc(65_536)
    const read = (bytes: number): boolean => {
      received += buffer.toString('latin1', 0, bytes)
      if (!received.startsWith('HTTP/1.1 200 ')) socket.destroy(new Error(received))
      else if (isWholeAnswer(received)) {
        const now = performance.now()
        latencies.push(now - sent)
        if (now < end) send()
        else socket.destroy()
      }
      return true
    }
    const socket = connect(
      { host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback: read } },
      send,
    )
    socket.once('error', reject)
    socket.once('close', () => {
      if (performance.now() < end) reject(new Error('The server closed a connection'))
      else resolve()
    })
  })
}
