import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Faults of a request:
 *
 * - `pass`: none.
 * - `drop-before`: the connection breaks before the request arrives.
 * - `drop-after`: the request is processed; the connection breaks before the answer.
 * - `hang`: the request does not arrive, and no answer ever comes.
 * - `hang-after`: the request is processed, and no answer ever comes.
 * - `{ status }`: answered by the proxy.
 * - `{ delay }`: like `pass`, after `delay` milliseconds.
 * - `{ before }`: like `drop-before`, once the function is done, for example killing the server.
 * - `{ after }`: like `drop-after`, once the function is done.
 */
export type HttpFault =
  | 'pass'
  | 'drop-before'
  | 'drop-after'
  | 'hang'
  | 'hang-after'
  | { readonly status: number; readonly body?: string; readonly location?: string }
  | { readonly delay: number }
  | { readonly before: () => Promise<unknown> }
  | { readonly after: () => Promise<unknown> }

/** A proxy in front of an HTTP server that injects faults. */
export interface HttpFaultProxy {
  readonly url: string
  /** Method and path of every request so far. */
  readonly requests: readonly string[]
  /**
   * Sets the faults of later requests: one for all, or a list that is used up, after which requests
   * pass.
   */
  fail(fault: HttpFault | readonly HttpFault[], matching?: (request: string) => boolean): void
  close(): Promise<void>
}

export async function startHttpFaultProxy(target: string): Promise<HttpFaultProxy> {
  const requests: string[] = []
  let next: (request: string) => HttpFault = () => 'pass'

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = `${req.method} ${req.url}`
    requests.push(request)
    const fault = next(request)
    const body = await buffer(req)
    const before = typeof fault === 'object' && 'before' in fault ? fault.before : undefined
    const after = typeof fault === 'object' && 'after' in fault ? fault.after : undefined
    await before?.()
    if (fault === 'drop-before' || before) return void req.socket.destroy()
    if (fault === 'hang') return
    if (typeof fault === 'object' && 'status' in fault) {
      res.statusCode = fault.status
      if (fault.location !== undefined) res.setHeader('location', fault.location)
      res.setHeader('content-type', 'application/json')
      return void res.end(fault.body ?? '{"message":"Internal Server Error"}')
    }
    if (typeof fault === 'object' && 'delay' in fault) await delay(fault.delay)
    const answer = await fetch(`${target}${req.url}`, {
      method: req.method ?? 'GET',
      headers: {
        'content-type': req.headers['content-type'] ?? 'application/json',
        ...(req.headers.authorization && { authorization: req.headers.authorization }),
      },
      ...(body.length > 0 && { body }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    await after?.()
    if (fault === 'drop-after' || after) return void req.socket.destroy()
    if (fault === 'hang-after') return
    res.statusCode = answer.status
    res.setHeader('content-type', answer.headers.get('content-type') ?? 'text/plain')
    res.end(bytes)
  }

  const server = createServer((req, res) => {
    serve(req, res).catch(() => res.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    fail: (faults, matching = () => true) => {
      const queue = Array.isArray(faults) ? [...faults] : undefined
      next = (request) => {
        if (!matching(request)) return 'pass'
        return queue === undefined ? (faults as HttpFault) : (queue.shift() ?? 'pass')
      }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
