import { Gauge, Histogram, type Registry, register } from 'prom-client'
import { type CallObserver, UNKNOWN_METHOD } from './observer.ts'

/** Upper bounds of the latency buckets, in seconds, from a cached answer to a long wait. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** nginx's status for a client that leaves before it has the whole answer. */
const CLIENT_CLOSED_REQUEST = 499

/**
 * Measures every request in Prometheus's format:
 *
 * - `http_request_duration_seconds`, a histogram by `method` (the NSID, `other` for requests to no known method) and
 *   `status` (499 if the client left early); its `_count` is the number of requests
 * - `http_requests_active`, a gauge
 *
 * @param registry where to register them; default that of prom-client
 * @example
 * ```ts
 * await server.listen({ port: 2583, observers: [observeMetrics()] })
 * console.log(await register.metrics())
 * ```
 * Source: https://prometheus.io/docs/practices/naming/
 */
export function observeMetrics(registry: Registry = register): CallObserver {
  const registers = [registry]
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer, by XRPC method and status.',
    labelNames: ['method', 'status'],
    buckets: BUCKETS,
    registers,
  })
  const active = new Gauge({ name: 'http_requests_active', help: 'Requests under way.', registers })
  return (call, next) => {
    const stop = durations.startTimer({
      method: call.nsid === UNKNOWN_METHOD ? 'other' : call.nsid,
    })
    active.inc()
    call.onEnd((outcome) => {
      active.dec()
      stop({ status: outcome === 'aborted' ? CLIENT_CLOSED_REQUEST : outcome })
    })
    next()
  }
}
