import { Readable } from 'node:stream'
import type { LexUserType } from '@atproto/lexicon'
import { ResponseType, XRPCError } from '@atproto/xrpc-server'
import type { CallSteps } from '../adapter/xrpc-adapter.ts'

/**
 * Refuses a body that a middleware such as `express.json()` has already parsed, for a method of any type, which takes a
 * stream of bytes: its handler would fail in other ways.
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

/** `express.raw()` leaves the bytes unchanged. */
function isBytes(body: unknown): boolean {
  return body instanceof Readable || body instanceof Uint8Array
}
