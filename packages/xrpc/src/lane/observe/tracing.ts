import type { ServerResponse } from 'node:http'
import {
  context,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { type CallObserver, outcomeOf } from './observer.ts'

/**
 * One OpenTelemetry span for each call, as a child of the caller's. Handlers run inside of it.
 *
 * @returns undefined when no SDK has been registered: without one there is nothing to record
 * Source: https://opentelemetry.io/docs/specs/semconv/rpc/
 */
export function tracing(): CallObserver | undefined {
  if (!hasSdk()) return undefined
  const tracer = trace.getTracer('@lexwright/xrpc')
  return ({ nsid, req, res }, next) => {
    const parent = propagation.extract(context.active(), req.headers)
    const attributes = {
      'rpc.system': 'xrpc',
      'rpc.method': nsid,
      'http.request.method': req.method ?? '',
    }
    const span = tracer.startSpan(nsid, { kind: SpanKind.SERVER, attributes }, parent)
    // A sampler lets most spans of a busy service go unrecorded: they are only there for handlers to continue.
    if (span.isRecording()) res.once('close', () => endSpan(span, res))
    context.with(trace.setSpan(parent, span), next)
  }
}

function endSpan(span: Span, res: ServerResponse): void {
  const outcome = outcomeOf(res)
  span.setAttribute('http.response.status_code', res.statusCode)
  // A refusal is the caller's error, not ours.
  if (outcome === 'aborted' || res.statusCode >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(outcome) })
  }
  span.end()
}

function hasSdk(): boolean {
  const provider = trace.getTracerProvider()
  if (!(provider instanceof ProxyTracerProvider)) return true
  // Until an SDK is registered, the proxy stands for a provider whose spans record nothing.
  return provider.getDelegate() !== new ProxyTracerProvider().getDelegate()
}
