import type { XrpcService } from '../../codegenv1/xrpc-service.ts'
import type { ListenOptions, RunningServer } from '../listen.ts'
import { documents } from './documents.ts'
import { serviceOf } from './pair.ts'

/** Paths of the methods that `serveHandler` gives its handler to; the first may answer with anything. */
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
