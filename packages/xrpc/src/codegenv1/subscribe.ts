import { decodeAll } from '@atproto/lex-cbor'
import {
  BufferOverflowError,
  CloseError,
  DataModeError,
  WebSocketClientError,
  websocket,
} from '@atproto/ws-client'
import { encodeQueryParam, ResponseType, XRPCError } from '@atproto/xrpc'
import type { ParameterTypes } from './call-method.ts'
import type { CompiledValidator } from './compiled-lexicons.ts'

export interface SubscriptionDescriptor {
  readonly nsid: string
  readonly parameters: ParameterTypes
  readonly message?: CompiledValidator
  /** Converts an error of the stream to the class declared for it. */
  readonly toKnownErr: (error: unknown) => unknown
}

export interface SubscribeOptions {
  /** Ends the subscription; a loop over it then finishes without an error. */
  readonly signal?: AbortSignal
  /** Headers of the request that opens the connection, such as `Authorization`. Not supported in browsers. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Turns reconnection on, with exponential backoff. Given the last message read, returns the parameters that make the
   * next connection continue after it, such as `({ seq }: { seq?: number }) => ({ cursor: seq })`; undefined ones keep
   * their value. An error sent by the server still ends the subscription.
   */
  resume?(last: unknown): Readonly<Record<string, unknown>>
  /**
   * Milliseconds between pings to the server, in Node; default 10 s, 0 sends none. The connection counts as lost if
   * nothing arrives between two pings. Browsers cannot send pings.
   */
  readonly pingInterval?: number
  /** Maximum seconds between two attempts to connect; default 64. */
  readonly maxReconnectSeconds?: number
  /** Called with the reason before each new attempt to connect. */
  readonly onReconnect?: (error: unknown) => void
  /**
   * Bytes that may be buffered for a slow consumer before the subscription fails; default 64 MiB. In Node,
   * backpressure slows the server down long before that; browsers have none.
   */
  readonly maxWaitingBytes?: number
}

/**
 * Reads a subscription until the server closes it normally. A lost connection is replaced only with `resume`, since
 * only the caller can know where to continue.
 *
 * @param service the origin of the service, `http(s):` or `ws(s):`
 * @throws XRPCError for an error frame (as its declared class), a lost connection, an invalid frame or message, and
 *   when more than `maxWaitingBytes` are buffered
 * Source: https://atproto.com/specs/event-stream
 */
export async function* subscribeTo(
  service: string | URL,
  subscription: SubscriptionDescriptor,
  params: Readonly<Record<string, unknown>> = {},
  options: SubscribeOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const { signal, headers, resume, onReconnect, maxReconnectSeconds } = options
  const { pingInterval = 10_000 } = options
  signal?.throwIfAborted()
  let current = params
  const url = (): URL => urlOf(service, subscription, current)
  // Fails here for unknown parameters, rather than at each attempt to connect.
  url()
  const frames = websocket<'binary'>(url, {
    dataMode: 'binary',
    shouldReconnect: resume !== undefined,
    maxBufferedBytes: options.maxWaitingBytes ?? 67_108_864,
    heartbeat: pingInterval > 0 && { intervalMs: pingInterval },
    ...(headers && { headers }),
    ...(signal && { signal }),
    ...(onReconnect && { onReconnect: (error: unknown) => onReconnect(error) }),
    ...(maxReconnectSeconds !== undefined && { maxReconnectSeconds }),
  })
  try {
    for await (const frame of frames) {
      const message = readFrame(frame, subscription)
      if (resume) current = { ...current, ...definedOf(resume(message)) }
      yield message
      if (signal?.aborted) return
    }
  } catch (error) {
    if (signal?.aborted) return
    throw error instanceof WebSocketClientError ? asXrpcError(error) : error
  }
}

function definedOf(params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
}

function asXrpcError(error: WebSocketClientError): XRPCError {
  if (error instanceof DataModeError) return noFrame(error)
  if (error instanceof BufferOverflowError) return invalid('Consumer too slow', error.message)
  const message = (error instanceof CloseError && error.reason) || error.message
  return new XRPCError(ResponseType.Unknown, undefined, message, undefined, { cause: error })
}

/** A frame is two DAG-CBOR items: a header with `op` and `t`, and a body. */
function readFrame(
  data: Uint8Array,
  { nsid, message, toKnownErr }: SubscriptionDescriptor,
): unknown {
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

function decode(data: Uint8Array): [header: { op: number; t?: string }, body: object] {
  try {
    const [header, body, ...more] = [...decodeAll(data)]
    const { op, t } = header as { op?: unknown; t?: unknown }
    const isFrame = (op === 1 || op === -1) && (t === undefined || typeof t === 'string')
    if (!isFrame || typeof body !== 'object' || body === null || more.length > 0)
      throw new Error('No frame')
    return [{ op, ...(t !== undefined && { t }) }, body]
  } catch (cause) {
    throw noFrame(cause)
  }
}

function noFrame(cause: unknown): XRPCError {
  const message = 'The server sent no valid frame'
  return new XRPCError(ResponseType.InvalidResponse, undefined, message, undefined, { cause })
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
