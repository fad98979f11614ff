import { afterEach } from '@jest/globals'
import type { ListenOptions, RunningServer } from '../http/listen.ts'
import type { XrpcService } from '../server/xrpc-service.ts'
import { documents } from './documents.ts'
import { serviceOf } from './pair.ts'

/**
 * Paths of the methods that `serveHandler` registers its handler for; the first may answer with
 * anything.
 */
export const any = '/xrpc/io.example.outAny'
export const bare = '/xrpc/io.example.bare'
export const nothing = '/xrpc/io.example.nothing'

/** A server with one handler for methods of several kinds. */
export async function serveHandler(
  handler: Parameters<XrpcService['method']>[1],
  options: ListenOptions = {},
): Promise<RunningServer> {
  const service = serviceOf(documents)
  for (const name of ['outAny', 'bare', 'nothing', 'blob', 'raw']) {
    service.method(`io.example.${name}`, handler)
  }
  return await service.listen(options)
}

/** A server for one test at a time; closed after the test. */
export interface TestServer {
  readonly running: RunningServer
  /** Serves a handler as `serveHandler` does; resolves to the port. */
  serve(...args: Parameters<typeof serveHandler>): Promise<number>
}

/** Call it once per test file. */
export function testServer(): TestServer {
  let current: RunningServer | undefined
  afterEach(async () => {
    await current?.close(0)
    current = undefined
  })
  return {
    get running() {
      if (!current) throw new Error('No server has been started')
      return current
    },
    serve: async (...args) => {
      current = await serveHandler(...args)
      return current.port
    },
  }
}
