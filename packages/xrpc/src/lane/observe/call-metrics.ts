import { performance } from 'node:perf_hooks'
import type { CallObserver, Outcome } from './observer.ts'

/** Upper bounds of the latency buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The calls of one method. */
export interface MethodMetrics {
  readonly nsid: string
  /** Calls by outcome: the HTTP status, or `aborted`. */
  readonly calls: ReadonlyMap<string, number>
  /** The sum of all durations, in seconds. */
  readonly seconds: number
  /** Calls by duration: `[upper bound in seconds, calls that took no longer]`; the last bound is infinite. */
  readonly latency: readonly (readonly [bound: number, calls: number])[]
}

interface Counters {
  /** By status, or `aborted`. */
  readonly outcomes: Map<Outcome, { calls: number }>
  readonly buckets: Float64Array
  seconds: number
}

/**
 * Counts calls and measures how long they take, by method.
 *
 * @example
 * ```ts
 * const metrics = new CallMetrics()
 * await server.listen({ port: 2583, observers: [metrics.observer] })
 * metrics.toPrometheus()
 * ```
 */
export class CallMetrics {
  readonly #methods = new Map<string, Counters>()
  readonly #now: () => number

  /** @param now the time, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  readonly observer: CallObserver = (call, next) => {
    const started = this.#now()
    const { nsid } = call
    call.onEnd((outcome) => this.#record(nsid, outcome, (this.#now() - started) / 1000))
    next()
  }

  snapshot(): readonly MethodMetrics[] {
    return [...this.#methods].map(([nsid, { outcomes, buckets, seconds }]) => {
      let total = 0
      const latency = Array.from(buckets, (count, index): [number, number] => {
        total += count
        return [BUCKETS[index] ?? Number.POSITIVE_INFINITY, total]
      })
      const calls = [...outcomes].map(([outcome, { calls }]) => [String(outcome), calls] as const)
      return { nsid, calls: new Map(calls), seconds, latency }
    })
  }

  /** The text format of Prometheus. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  toPrometheus(): string {
    const metrics = this.snapshot()
    const calls = metrics.flatMap(({ nsid, calls }) =>
      [...calls].map(
        ([outcome, n]) => `xrpc_calls_total{nsid="${nsid}",outcome="${outcome}"} ${n}`,
      ),
    )
    const durations = metrics.flatMap(({ nsid, latency, seconds }) => {
      const buckets = latency.map(([bound, n]) => {
        const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound
        return `xrpc_call_duration_seconds_bucket{nsid="${nsid}",le="${le}"} ${n}`
      })
      return [
        ...buckets,
        `xrpc_call_duration_seconds_sum{nsid="${nsid}"} ${seconds}`,
        `xrpc_call_duration_seconds_count{nsid="${nsid}"} ${latency.at(-1)?.[1] ?? 0}`,
      ]
    })
    return [
      '# HELP xrpc_calls_total Calls by method and outcome.',
      '# TYPE xrpc_calls_total counter',
      ...calls,
      '# HELP xrpc_call_duration_seconds Time from the headers of a call to the end of its answer.',
      '# TYPE xrpc_call_duration_seconds histogram',
      ...durations,
      '',
    ].join('\n')
  }

  #record(nsid: string, outcome: Outcome, seconds: number): void {
    const counters = this.#countersOf(nsid)
    const counted = counters.outcomes.get(outcome)
    if (counted) counted.calls++
    else counters.outcomes.set(outcome, { calls: 1 })
    counters.seconds += seconds
    let index = 0
    while (index < BUCKETS.length && seconds > (BUCKETS[index] as number)) index++
    counters.buckets[index] = (counters.buckets[index] ?? 0) + 1
  }

  #countersOf(nsid: string): Counters {
    const known = this.#methods.get(nsid)
    if (known) return known
    const counters = {
      outcomes: new Map(),
      buckets: new Float64Array(BUCKETS.length + 1),
      seconds: 0,
    }
    this.#methods.set(nsid, counters)
    return counters
  }
}
