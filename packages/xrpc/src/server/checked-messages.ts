import {
  Frame,
  InternalServerError,
  type StreamConfigOrHandler,
  type Server as XrpcServer,
} from '@atproto/xrpc-server'
import { log } from './log.ts'

// biome-ignore lint/suspicious/noExplicitAny: the generated method that calls it has the exact type
export type AnyStream = StreamConfigOrHandler<any, any, any>

/**
 * Checks each message of a subscription against its lexicon before it is sent, if the server's `validateResponse` is
 * true, or unset outside production. A message that does not match is logged, and ends the subscription with
 * `InternalServerError`.
 */
export function checkMessages(xrpc: XrpcServer, nsid: string, stream: AnyStream): AnyStream {
  const isChecked = xrpc.options.validateResponse ?? process.env.NODE_ENV !== 'production'
  if (!isChecked) return stream
  const config = typeof stream === 'function' ? { handler: stream } : stream
  const { handler } = config
  return {
    ...config,
    handler: async function* (context) {
      for await (const message of handler(context)) {
        try {
          const value = valueIn(message, nsid)
          if (value !== undefined) xrpc.lex.assertValidXrpcMessage(nsid, value)
        } catch (error) {
          log.error({ err: error, nsid }, 'a message does not fit its lexicon')
          throw new InternalServerError(undefined, undefined, { cause: error })
        }
        yield message
      }
    },
  }
}

/** The value that the lexicon describes; undefined for an error frame. */
function valueIn(message: unknown, nsid: string): unknown {
  if (!(message instanceof Frame)) return withFullType(message, nsid)
  if (!message.isMessage()) return undefined
  const { body, type } = message
  const isTyped = type !== undefined && typeof body === 'object' && body !== null
  return withFullType(isTyped ? { ...body, $type: type } : body, nsid)
}

function withFullType(value: unknown, nsid: string): unknown {
  if (typeof value !== 'object' || value === null || !('$type' in value)) return value
  const { $type } = value
  return typeof $type === 'string' && $type.startsWith('#')
    ? { ...value, $type: `${nsid}${$type}` }
    : value
}
