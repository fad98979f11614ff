import {
  type Context,
  context,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { CallObserver, ObservedCall, Outcome } from './observer.ts'

/**
 * One OpenTelemetry span per call, as a child of the caller's. Handlers run inside it.
 *
 * @returns undefined if no SDK is registered, since nothing would be recorded
 * Source: https://opentelemetry.io/docs/specs/semconv/rpc/
 */
export function tracing(): CallObserver | undefined {
  if (!hasSdk()) return undefined
  const tracer = trace.getTracer('@lexwright/xrpc')
  return (call, next) => {
    const { nsid, method, headers } = call
    const parent = parentOf(headers)
    const attributes = {
      'rpc.system': 'xrpc',
      'rpc.method': nsid,
      'http.request.method': method,
    }
    const span = tracer.startSpan(nsid, { kind: SpanKind.SERVER, attributes }, parent)
    // A sampler may leave most spans unrecorded; these are only parents for the spans of handlers.
    if (span.isRecording()) call.onEnd((outcome) => endSpan(span, outcome))
    context.with(trace.setSpan(parent, span), next)
  }
}

/**
 * The caller's span, unless the active span already continues its trace, as that of an HTTP instrumentation
 * does.
 */
function parentOf(headers: ObservedCall['headers']): Context {
  const active = context.active()
  const named = propagation.extract(active, headers)
  return traceIdOf(active) === traceIdOf(named) ? active : named
}

function traceIdOf(of: Context): string | undefined {
  return trace.getSpanContext(of)?.traceId
}

function endSpan(span: Span, outcome: Outcome): void {
  if (outcome !== 'aborted') span.setAttribute('http.response.status_code', outcome)
  // A refusal (4xx) is the caller's error.
  if (outcome === 'aborted' || outcome >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(outcome) })
  }
  span.end()
}

function hasSdk(): boolean {
  const provider = trace.getTracerProvider()
  if (!(provider instanceof ProxyTracerProvider)) return true
  // Until an SDK is registered, the proxy delegates to a provider that records nothing.
  return provider.getDelegate() !== new ProxyTracerProvider().getDelegate()
}
