import autocannon from 'autocannon'
import { cpuOf, type Server } from './processes.ts'

export interface Measurement {
  readonly callsPerSecond: number
  /** Server CPU time per call, in microseconds. */
  readonly cpu: number
  /** Milliseconds. */
  readonly p99: number
}

const CONNECTIONS = 32

/**
 * Calls `get` as fast as possible, cycling through all tokens, for some seconds or a number of calls.
 */
export async function callGet(
  server: Server,
  tokens: readonly string[],
  until: { readonly duration: number } | { readonly amount: number },
): Promise<Measurement> {
  const before = await cpuOf(server)
  const result = await autocannon({
    url: `${server.url}/xrpc/com.atproto.account.get`,
    connections: CONNECTIONS,
    // Each connection starts at another token, so that first uses are spread out.
    setupClient: (client) => {
      const start = Math.floor(Math.random() * tokens.length)
      const own = [...tokens.slice(start), ...tokens.slice(0, start)]
      client.setRequests(
        own.map((token) => ({ method: 'GET', headers: { authorization: `Bearer ${token}` } })),
      )
    },
    ...until,
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers other than 200, ${result.errors} errors`)
  }
  const calls = result.requests.total
  return {
    callsPerSecond: calls / result.duration,
    cpu: ((await cpuOf(server)) - before) / calls,
    p99: result.latency.p99,
  }
}

/** The median of each figure. */
export function typical(measurements: readonly Measurement[]): Measurement {
  const of = (read: (each: Measurement) => number) => median(measurements.map(read))
  return {
    callsPerSecond: of((each) => each.callsPerSecond),
    cpu: of((each) => each.cpu),
    p99: of((each) => each.p99),
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
