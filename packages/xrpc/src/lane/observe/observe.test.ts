import { afterEach, describe, expect, it } from '@jest/globals'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { ListenOptions, RunningServer } from '../listen.ts'
import { documents } from '../testing/documents.ts'
import { exchange } from '../testing/exchange.ts'
import { handlers } from '../testing/handlers.ts'
import { serviceOf } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'
import { CallMetrics } from './call-metrics.ts'

let running: RunningServer | undefined
afterEach(async () => {
  await running?.close(0)
  trace.disable()
  context.disable()
  propagation.disable()
})

async function serve(options: ListenOptions): Promise<(...requests: string[]) => Promise<void>> {
  const service = serviceOf(documents)
  for (const [nsid, config] of handlers()) service.method(nsid, config)
  service.method('io.example.unhandled', () => {
    active = trace.getActiveSpan()?.spanContext().spanId
  })
  running = await service.listen(options)
  const { port } = running
  return async (...requests) => {
    for (const request of requests) await exchange(port, request)
  }
}
let active: string | undefined

const calls = [
  get('/xrpc/io.example.params'),
  get('/xrpc/io.example.params/'),
  get('/xrpc/io.example.params', { 'If-None-Match': 'x' }),
  post('/xrpc/io.example.echo', '{}'),
  get('/xrpc/io.example.fail?kind=plain'),
  get('/xrpc/made.up.name'),
  get('/elsewhere'),
]

describe('CallMetrics', () => {
  it('counts calls by method and outcome, however they are served', async () => {
    const metrics = new CallMetrics()
    const send = await serve({ observers: [metrics.observer] })
    await send(...calls)
    const counted = metrics.snapshot().map(({ nsid, calls }) => [nsid, Object.fromEntries(calls)])
    expect(Object.fromEntries(counted)).toEqual({
      'io.example.params': { 200: 3 },
      'io.example.echo': { 400: 1 },
      'io.example.fail': { 500: 1 },
      unknown: { 404: 1, 501: 1 },
    })
  })

  it('measures durations, in the format of Prometheus', async () => {
    let now = 0
    const metrics = new CallMetrics(() => {
      now += 15
      return now
    })
    const send = await serve({ observers: [metrics.observer] })
    await send(get('/xrpc/io.example.params'), get('/xrpc/io.example.params'))
    expect(metrics.toPrometheus().split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE xrpc_calls_total counter',
        'xrpc_calls_total{nsid="io.example.params",outcome="200"} 2',
        '# TYPE xrpc_call_duration_seconds histogram',
        'xrpc_call_duration_seconds_bucket{nsid="io.example.params",le="0.01"} 0',
        'xrpc_call_duration_seconds_bucket{nsid="io.example.params",le="0.025"} 2',
        'xrpc_call_duration_seconds_bucket{nsid="io.example.params",le="+Inf"} 2',
        'xrpc_call_duration_seconds_sum{nsid="io.example.params"} 0.03',
        'xrpc_call_duration_seconds_count{nsid="io.example.params"} 2',
      ]),
    )
  })
})

describe('tracing', () => {
  it('makes a span for each call, around its handler', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const send = await serve({})
    await send(get('/xrpc/io.example.unhandled'), ...calls)

    const spans = exporter.getFinishedSpans()
    expect(spans).toHaveLength(1 + calls.length)
    expect(spans[0]?.spanContext().spanId).toBe(active)
    const named = spans.map(({ name, attributes, status }) => [
      name,
      attributes['http.response.status_code'],
      status.code,
    ])
    expect(named).toContainEqual(['io.example.params', 200, 0])
    expect(named).toContainEqual(['io.example.echo', 400, 0])
    expect(named).toContainEqual(['io.example.fail', 500, 2])
    expect(named).toContainEqual(['unknown', 404, 0])
  })

  it('continues the trace of the caller', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    propagation.setGlobalPropagator({
      inject: () => {},
      fields: () => ['traceparent'],
      extract: (parent, { traceparent }: { traceparent: string }) => {
        const [, traceId = '', spanId = ''] = traceparent.split('-')
        return trace.setSpanContext(parent, { traceId, spanId, traceFlags: 1, isRemote: true })
      },
    })
    const send = await serve({})
    await send(get('/xrpc/io.example.params', { traceparent: `00-${traceId}-b7ad6b7169203331-01` }))
    const [span] = exporter.getFinishedSpans()
    expect(span?.spanContext().traceId).toBe(traceId)
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  })
})

describe('tracing without recording', () => {
  it('gives handlers a span to continue, and exports none', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({
        sampler: new AlwaysOffSampler(),
        spanProcessors: [new SimpleSpanProcessor(exporter)],
      }),
    )
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    active = undefined
    const send = await serve({})
    await send(get('/xrpc/io.example.unhandled'))
    expect(active).toMatch(/^[0-9a-f]{16}$/)
    expect(exporter.getFinishedSpans()).toEqual([])
  })
})

describe('a logger', () => {
  it('gets one line for each failed call, whichever way it is served', async () => {
    const lines: { readonly details: object; readonly message: string }[] = []
    const logger = {
      error: (details: object, message: string) => void lines.push({ details, message }),
    }
    const send = await serve({ logger })
    await send(...calls)
    expect(lines.map(({ message }) => message)).toEqual([
      'InvalidRequest error in xrpc method io.example.echo (Input must have the property "s")',
      'InternalServerError error in xrpc method io.example.fail (secret detail)',
      'MethodNotImplemented error in xrpc method made.up.name',
    ])
    expect(lines[0]?.details).toMatchObject({ nsid: 'io.example.echo', status: 400 })
  })
})
