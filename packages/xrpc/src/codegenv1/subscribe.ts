import { decodeAll } from '@atproto/lex-cbor'
import { encodeQueryParam, ResponseType, XRPCError } from '@atproto/xrpc'
import type { ParameterTypes } from './call-method.ts'
import type { CompiledValidator } from './compiled-lexicons.ts'

export interface SubscriptionDescriptor {
  readonly nsid: string
  readonly parameters: ParameterTypes
  readonly message?: CompiledValidator
  /** Turns an error of the stream into the class declared for it. */
  readonly toKnownErr: (error: unknown) => unknown
}

export interface SubscribeOptions {
  /** Ends the subscription; the loop over it then finishes without an error. */
  readonly signal?: AbortSignal
  /** How many messages may wait for a slow consumer before the subscription fails; 10,000 when not given. */
  readonly maxWaiting?: number
}

/**
 * Reads a subscription over the platform's `WebSocket`. It ends when the server closes normally, and does not
 * reconnect: where to go on from is for the caller to know.
 *
 * @param service the origin of the service, `http(s):` or `ws(s):`
 * @throws XRPCError for an error frame (as its declared class), for a connection that breaks, for a message that is
 *   no frame or does not fit, and when more than `maxWaiting` messages wait
 * Source: https://atproto.com/specs/event-stream
 */
export async function* subscribeTo(
  service: string | URL,
  subscription: SubscriptionDescriptor,
  params: Readonly<Record<string, unknown>> = {},
  options: SubscribeOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const { signal, maxWaiting = 10_000 } = options
  signal?.throwIfAborted()
  const socket = new WebSocket(urlOf(service, subscription, params))
  socket.binaryType = 'arraybuffer'

  const waiting: unknown[] = []
  let end: { readonly error?: unknown } | undefined
  let wake: (() => void) | undefined
  const finish = (error?: unknown): void => {
    end ??= error === undefined ? {} : { error }
    wake?.()
  }
  const abort = (): void => finish()
  signal?.addEventListener('abort', abort)
  socket.onmessage = ({ data }) => {
    if (end) return
    if (waiting.length >= maxWaiting) {
      return finish(invalid('Consumer too slow', `More than ${maxWaiting} messages are waiting`))
    }
    waiting.push(data)
    wake?.()
  }
  socket.onclose = ({ code, reason }) => {
    finish(
      code === 1000
        ? undefined
        : new XRPCError(ResponseType.Unknown, undefined, reason || `Closed with ${code}`),
    )
  }

  try {
    for (;;) {
      if (waiting.length > 0 && !signal?.aborted) {
        yield readFrame(waiting.shift(), subscription)
      } else if (end) {
        if (end.error !== undefined) throw end.error
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    socket.onmessage = null
    socket.onclose = null
    socket.close(1000)
  }
}

/** A frame is two DAG-CBOR items: a header with `op` and `t`, and a body. */
function readFrame(data: unknown, { nsid, message, toKnownErr }: SubscriptionDescriptor): unknown {
  const [header, body] = decode(data)
  if (header.op === -1) {
    const { error, message: text } = body as { error?: string; message?: string }
    throw toKnownErr(new XRPCError(ResponseType.InvalidRequest, error, text))
  }
  const { t } = header
  const $type = t?.startsWith('#') ? `${nsid}${t}` : t
  const value = $type === undefined ? body : { ...body, $type }
  if (message && message(value) === undefined) {
    throw invalid('InvalidResponse', `A message does not fit ${nsid}`)
  }
  return value
}

function decode(data: unknown): [header: { op: number; t?: string }, body: object] {
  try {
    const [header, body, ...more] = [...decodeAll(new Uint8Array(data as ArrayBuffer))]
    const { op, t } = header as { op?: unknown; t?: unknown }
    const isFrame = (op === 1 || op === -1) && (t === undefined || typeof t === 'string')
    if (!isFrame || typeof body !== 'object' || body === null || more.length > 0)
      throw new Error('No frame')
    return [{ op, ...(t !== undefined && { t }) }, body]
  } catch (cause) {
    throw new XRPCError(
      ResponseType.InvalidResponse,
      undefined,
      'The server sent no valid frame',
      undefined,
      { cause },
    )
  }
}

function invalid(error: string, message: string): XRPCError {
  return new XRPCError(ResponseType.InvalidResponse, error, message)
}

function urlOf(
  service: string | URL,
  { nsid, parameters }: SubscriptionDescriptor,
  params: Readonly<Record<string, unknown>>,
): URL {
  const url = new URL(`/xrpc/${nsid}`, service)
  url.protocol = url.protocol.replace(/^http/, 'ws')
  for (const [name, value] of Object.entries(params)) {
    const schema = parameters[name]
    if (schema === undefined) throw new TypeError(`Unknown parameter: ${name}`)
    if (value === undefined) continue
    const [type, values] =
      typeof schema === 'string' ? [schema, [value]] : [schema[0], [value].flat()]
    for (const one of values) url.searchParams.append(name, encodeQueryParam(type as 'string', one))
  }
  return url
}
