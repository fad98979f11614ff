import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { connectInMemory } from './http/memory-connection.ts'
import type { XrpcService } from './server/xrpc-service.ts'

/** Calls a server's methods without a socket, to test handlers. */

export interface TestCall {
  readonly params?: Readonly<Record<string, TestParam | readonly TestParam[] | undefined>>
  /** Bytes and streams are sent as they are, strings as text, everything else as JSON. */
  readonly input?: unknown
  readonly headers?: OutgoingHttpHeaders
  /** Default GET without input, else POST. Set it for a procedure without input. */
  readonly method?: string
  /** The client's address that the handler sees; default 127.0.0.1. */
  readonly remoteAddress?: string
}

type TestParam = string | number | boolean

export interface TestAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** JSON parsed, text as a string, everything else as bytes; undefined if empty. */
  readonly body: unknown
}

/**
 * Calls a method. Everything behaves as over a network, from Node's HTTP parser on; only the connection is a pair of
 * in-memory streams.
 *
 * @example
 * ```ts
 * const { status, body } = await request(server, 'com.example.greet', { params: { name: 'Ada' } })
 * ```
 * @throws the connection's error if there is no answer
 */
export async function request(
  service: XrpcService,
  nsid: string,
  call: TestCall = {},
): Promise<TestAnswer> {
  const peer = { remoteAddress: call.remoteAddress ?? '127.0.0.1' }
  const { body, type } = encode(call.input)
  const sent = httpRequest({
    createConnection: () => connectInMemory(service.createHttpServer(), peer),
    host: 'localhost',
    path: `/xrpc/${nsid}${search(call.params)}`,
    method: call.method ?? (call.input === undefined ? defaultMethod(service, nsid) : 'POST'),
    headers: {
      connection: 'close',
      ...(type && { 'content-type': type }),
      ...(Buffer.isBuffer(body) && { 'content-length': body.length }),
      ...call.headers,
    },
  })
  const answer = new Promise<TestAnswer>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (res) => {
      const { statusCode: status = 0, headers } = res
      buffer(res).then(
        (bytes) => resolve({ status, headers, body: decode(bytes, headers) }),
        reject,
      )
    })
  })
  if (body instanceof Readable) await pipeline(body, sent)
  else sent.end(body)
  return await answer
}

function defaultMethod({ xrpc }: XrpcService, nsid: string): string {
  return xrpc.lex.getDef(nsid)?.type === 'procedure' ? 'POST' : 'GET'
}

function search(params: TestCall['params'] = {}): string {
  const pairs = Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function encode(input: unknown): { body?: Buffer | Readable; type?: string } {
  if (input === undefined) return {}
  if (input instanceof Readable) return { body: input, type: 'application/octet-stream' }
  if (input instanceof Uint8Array) {
    return { body: Buffer.from(input), type: 'application/octet-stream' }
  }
  if (typeof input === 'string') return { body: Buffer.from(input), type: 'text/plain' }
  return { body: Buffer.from(JSON.stringify(input)), type: 'application/json' }
}

function decode(bytes: Buffer, { 'content-type': type = '' }: IncomingHttpHeaders): unknown {
  if (bytes.length === 0) return undefined
  if (type.startsWith('application/json')) return JSON.parse(bytes.toString())
  return type.startsWith('text/') ? bytes.toString() : bytes
}
