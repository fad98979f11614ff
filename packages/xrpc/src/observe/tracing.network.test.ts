import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from '@jest/globals'

interface PrintedSpan {
  readonly by: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const program = import.meta.resolve('@lexwright/testing/third-party/serve-traced')

it("a call is a span below that of @opentelemetry/instrumentation-http, in the caller's trace", async () => {
  const args = ['--conditions=@lexwright/source', fileURLToPath(program)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const readLine = async () => JSON.parse(String((await lines.next()).value))
    const port: number = await readLine()
    // The second is served by the stock server.
    for (const headers of [{}, { 'If-None-Match': '"x"' }]) {
      const response = await fetch(`http://127.0.0.1:${port}/xrpc/com.atproto.handle.resolve`, {
        headers: { ...headers, traceparent: `00-${remote.traceId}-${remote.spanId}-01` },
      })
      expect(response.status).toBe(200)
      await response.arrayBuffer()
      const spans: PrintedSpan[] = [await readLine(), await readLine()]
      const find = (name: string) => spans.find(({ by }) => by === name)
      const http = find('@opentelemetry/instrumentation-http')
      expect(http).toMatchObject({ traceId: remote.traceId, parentSpanId: remote.spanId })
      expect(find('@lexwright/xrpc')).toMatchObject({
        traceId: remote.traceId,
        parentSpanId: http?.spanId,
      })
    }
  } finally {
    child.kill('SIGKILL')
  }
})
