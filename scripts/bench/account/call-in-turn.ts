import { once } from 'node:events'
import { connect } from 'node:net'
import { isWholeAnswer } from '../http/messages.ts'

/**
 * A load process: once sent a {@link Load}, it calls as fast as it can on 32 connections and reports the number of
 * calls. It writes to sockets directly, like the load of the HTTP benchmark.
 */
export interface Load {
  readonly port: number
  readonly seconds: number
  readonly method: 'GET' | 'POST'
  /** At least one per connection. */
  readonly calls: readonly Call[]
  /**
   * True if each answer contains a refresh token for the next call on its connection; each makes only one call
   * then.
   */
  readonly isRefresh: boolean
}

export interface Call {
  readonly path: string
  readonly token?: string
}

export interface LoadResult {
  readonly calls: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p99: number
  /** The calls to make next, since a refresh token works only once. */
  readonly next: readonly Call[]
}

const CONNECTIONS = 32

async function run(load: Load): Promise<LoadResult> {
  const started = performance.now()
  const end = started + load.seconds * 1000
  const latencies: number[] = []
  const next = [...load.calls]
  const stayAwake = (): void => {
    if (performance.now() < end) setImmediate(stayAwake)
  }
  stayAwake()
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => callInTurn(n)))
  const sorted = latencies.toSorted((a, b) => a - b)
  return {
    calls: latencies.length,
    seconds: (performance.now() - started) / 1000,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    next,
  }

  async function callInTurn(connection: number): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true })
    await once(socket, 'connect')
    for (let n = connection; performance.now() < end; ) {
      const index = n % next.length
      const call = next[index]
      if (!call) throw new Error('There are no calls')
      const sent = performance.now()
      const body = await exchange(socket, requestOf(load.method, call))
      latencies.push(performance.now() - sent)
      if (load.isRefresh) next[index] = { ...call, token: JSON.parse(body).refreshJwt }
      else n++
    }
    socket.destroy()
  }
}

function requestOf(method: string, { path, token }: Call): string {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  const length = method === 'POST' ? 'Content-Length: 0\r\n' : ''
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${authorization}${length}\r\n`
}

/** @returns the body of the answer */
async function exchange(socket: ReturnType<typeof connect>, request: string): Promise<string> {
  socket.write(request)
  let received = ''
  while (!isWholeAnswer(received)) {
    const [bytes] = await once(socket, 'data')
    received += bytes.toString('latin1')
  }
  if (!received.startsWith('HTTP/1.1 200 ')) throw new Error(received)
  return received.slice(received.indexOf('\r\n\r\n') + 4)
}

process.once('message', async (load: Load) => {
  process.send?.(await run(load))
  process.disconnect()
})
