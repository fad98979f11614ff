import { once } from 'node:events'
import { afterEach, describe, expect, it } from '@jest/globals'
import { context, propagation, type TextMapPropagator, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { Registry } from 'prom-client'
import type { ListenOptions, RunningServer } from '../http/listen.ts'
import { open, until } from '../testing/client.ts'
import { documents } from '../testing/documents.ts'
import { exchange } from '../testing/exchange.ts'
import { handlers } from '../testing/handlers.ts'
import { serviceOf } from '../testing/pair.ts'
import { get, post } from '../testing/requests.ts'
import { any, testServer } from '../testing/serve.ts'
import { observeMetrics } from './metrics.ts'

const waiting = testServer()
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
  get('/xrpc/IO.example.Params'),
  get('/xrpc/io.example.params', { 'If-None-Match': 'x' }),
  post('/xrpc/io.example.echo', '{}'),
  get('/xrpc/io.example.fail?kind=plain'),
  get('/xrpc/made.up.name'),
  get('/elsewhere'),
]

const traceId = '0af7651916cd43dd8448eb211c80319c'

/** Reads the caller's trace and span. Source: https://www.w3.org/TR/trace-context/ */
const traceparent: TextMapPropagator = {
  inject: () => {},
  fields: () => ['traceparent'],
  extract: (parent, { traceparent }: { traceparent?: string }) => {
    if (traceparent === undefined) return parent
    const [, traceId = '', spanId = ''] = traceparent.split('-')
    return trace.setSpanContext(parent, { traceId, spanId, traceFlags: 1, isRemote: true })
  },
}

describe('observeMetrics', () => {
  it('measures calls by method and status, on every path', async () => {
    const registry = new Registry()
    const send = await serve({ observers: [observeMetrics(registry)] })
    await send(...calls)
    const text = await registry.metrics()
    const counts = text.matchAll(/_count\{method="(.+)",status="(.+)"\} (\d+)/g)
    expect([...counts].map(([, ...count]) => count.join(' ')).sort()).toEqual([
      'io.example.echo 400 1',
      'io.example.fail 500 1',
      'io.example.params 200 4',
      'other 404 1',
      'other 501 1',
    ])
    expect(text).toContain('http_requests_active 0')
    expect(text).toMatch(/duration_seconds_bucket\{le="30",method="io.example.params".*\} 4/)
  })

  it('counts a client that leaves before its answer as 499', async () => {
    const registry = new Registry()
    const port = await waiting.serve(({ signal }) => once(signal, 'abort'), {
      observers: [observeMetrics(registry)],
    })
    const socket = await open(port, get(any))
    await until(async () => (await registry.metrics()).includes('http_requests_active 1'))
    socket.destroy()
    await until(async () => /status="499"\} 1/.test(await registry.metrics()))
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

  it("continues the caller's trace", async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    propagation.setGlobalPropagator(traceparent)
    const send = await serve({})
    await send(get('/xrpc/io.example.params', { traceparent: `00-${traceId}-b7ad6b7169203331-01` }))
    const [span] = exporter.getFinishedSpans()
    expect(span?.spanContext().traceId).toBe(traceId)
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  })

  it.each([
    ['continues the trace of the caller', traceId, true],
    ['is of another trace', '1af7651916cd43dd8448eb211c80319c', false],
  ])('is a child of the active span if that %s', async (_, activeTrace, isChild) => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(traceparent)
    // As set by an HTTP instrumentation that has continued the trace itself.
    const ofHttp = { traceId: activeTrace, spanId: '00f067aa0ba902b7', traceFlags: 1 }
    const send = await serve({
      middleware: [
        (_req, _res, next) => context.with(trace.setSpanContext(context.active(), ofHttp), next),
      ],
    })
    await send(get('/xrpc/io.example.params', { traceparent: `00-${traceId}-b7ad6b7169203331-01` }))
    const [span] = exporter.getFinishedSpans()
    expect(span?.spanContext().traceId).toBe(traceId)
    expect(span?.parentSpanContext?.spanId).toBe(isChild ? ofHttp.spanId : 'b7ad6b7169203331')
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
  it('gets one line per failed call, on every path', async () => {
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
