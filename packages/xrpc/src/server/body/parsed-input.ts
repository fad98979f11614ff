import { Readable } from 'node:stream'
import type { LexUserType } from '@atproto/lexicon'
import { ResponseType, XRPCError } from '@atproto/xrpc-server'
import type { CallSteps } from '../adapter/xrpc-adapter.ts'

/**
 * Refuses a body of a method that takes any type, as a stream of its bytes, when a middleware such as `express.json()` has made
 * something else of it before: its handler would fail in some other way.
 */
export function refusingParsed(
  definition: LexUserType | undefined,
  read: CallSteps['readInput'],
): CallSteps['readInput'] {
  const isStreamed = definition?.type === 'procedure' && definition.input?.encoding === '*/*'
  if (!isStreamed) return read
  return async (req, res) => {
    const input = await read(req, res)
    if (input && !isBytes(input.body)) {
      throw new XRPCError(
        ResponseType.UnsupportedMediaType,
        `The server cannot pass on a body of ${input.encoding}: a middleware, such as express.json(), has parsed it. It must not see the requests of this method`,
        'UnsupportedMediaType',
      )
    }
    return input
  }
}

/** `express.raw()` leaves the bytes as they are. */
function isBytes(body: unknown): boolean {
  return body instanceof Readable || body instanceof Uint8Array
}
