import { connect } from 'node:net'
import { isWholeAnswer, requestOf } from './messages.ts'
import type { Workload } from './work.ts'

/**
 * A process that calls a server as fast as it can: `load.ts <address> <seconds> <workload as JSON>`. The address is a
 * port. It writes to sockets directly: an HTTP client is slower than the servers under test, and would dominate the
 * result.
 */
const CONNECTIONS = 32

const [address = '', seconds = '', text = ''] = process.argv.slice(2)
const place = { host: '127.0.0.1', port: Number(address), noDelay: true }
const workload: Workload = JSON.parse(text)
const request = requestOf(workload, 'example.test')

const started = performance.now()
const end = started + Number(seconds) * 1000
const latencies: number[] = []
stayAwake()
await Promise.all(Array.from({ length: CONNECTIONS }, callInTurn))

const elapsed = (performance.now() - started) / 1000
const sorted = Float64Array.from(latencies).sort()
const p99 = sorted[Math.floor(sorted.length * 0.99)]
process.send?.({ calls: latencies.length, seconds: elapsed, p99 })

/**
 * Waking a process on another core takes time, especially on a virtual machine, and would count for the
 * server.
 */
function stayAwake(): void {
  if (performance.now() < end) setImmediate(stayAwake)
}

/** Opens a connection and calls on it until the time is up. */
function callInTurn(): Promise<void> {
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
    const socket = connect({ ...place, onread: { buffer, callback: read } }, send)
    socket.once('error', reject)
    socket.once('close', () => {
      if (performance.now() < end) reject(new Error('The server closed a connection'))
      else resolve()
    })
  })
}
