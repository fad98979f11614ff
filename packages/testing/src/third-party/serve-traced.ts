import { register } from 'node:module'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import {
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'

/**
 * A program that serves a generated server under the published OpenTelemetry SDK and HTTP
 * instrumentation. Prints the port, then each ended span as a line of JSON.
 */
function print(spans: readonly ReadableSpan[]): void {
  for (const span of spans) {
    const { traceId, spanId } = span.spanContext()
    const { instrumentationScope, parentSpanContext } = span
    const by = instrumentationScope.name
    console.log(JSON.stringify({ by, traceId, spanId, parentSpanId: parentSpanContext?.spanId }))
  }
}

const exporter = {
  export: (spans: ReadableSpan[], done: (result: { code: number }) => void) => {
    print(spans)
    done({ code: 0 })
  },
  shutdown: async () => {},
}
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] })

// Imported last, since instrumentation only affects later imports.
const { createServer } = await import('@lexwright/generated')
const server = createServer()
server.com.atproto.handle.resolve(() => ({
  encoding: 'application/json',
  body: { did: 'did:web:example.test' },
}))
const { port } = await server.listen({ host: '127.0.0.1' })
console.log(port)
