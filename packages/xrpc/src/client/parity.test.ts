import { jsonStringToLex, Lexicons } from '@atproto/lexicon'
import { httpResponseCodeToEnum, XRPCError, XrpcClient } from '@atproto/xrpc'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RunningServer } from '../http/listen.ts'
import { clientMethod } from '../testing/client-methods.ts'
import { documents } from '../testing/documents.ts'
import { failures } from '../testing/failures.ts'
import { handlers } from '../testing/handlers.ts'
import { outputs } from '../testing/outputs.ts'
import { ownAnswers } from '../testing/own-answers.ts'
import { rateLimited, serviceOf } from '../testing/pair.ts'
import { CallError, INVALID_ANSWER } from './call-error.ts'
import { checkedValues } from './checked-values.ts'
import { Client } from './client.ts'
import { lexJson } from './values.ts'

// biome-ignore lint/suspicious/noExplicitAny: calls that the types forbid
type Any = any

const lexicons = new Lexicons(structuredClone([...documents]))
let listening: RunningServer
let origin: string

beforeAll(async () => {
  const service = serviceOf(documents, { ...rateLimited() })
  for (const [nsid, config] of handlers()) service.method(nsid, config)
  listening = await service.listen({ host: '127.0.0.1' })
  origin = `http://127.0.0.1:${listening.port}`
})
afterAll(() => listening.close(0))

interface Call {
  readonly name: string
  readonly params?: object
  readonly data?: unknown
  readonly headers?: Record<string, string>
  readonly encoding?: string
}

/** A fetch handler that records requests. */
function noting(): {
  sent: Any[]
  handler: (path: string, init: RequestInit) => Promise<Response>
} {
  const sent: Any[] = []
  return {
    sent,
    handler: async (path, init) => {
      const request = new Request(new URL(path, origin), init)
      const body = Buffer.from(await request.clone().arrayBuffer()).toString('latin1')
      // Form boundaries are random.
      const type = request.headers.get('content-type')?.replace(/boundary=.*/, 'boundary')
      const plain = /boundary$/.test(type ?? '') ? 'a form' : body
      const custom = request.headers.get('x-custom')
      sent.push({ path, method: request.method, type, custom, body: plain })
      return fetch(request)
    },
  }
}

async function ours(call: Call): Promise<Any> {
  const { sent, handler } = noting()
  const { params = {}, data, headers, encoding } = call
  const plain = clientMethod(call.name, { json: lexJson })
  const isLex = plain.output === lexJson
  const method = isLex ? checkedValues(plain, validatorOf(call.name)) : plain
  const passed = method.type === 'query' ? [params] : [data]
  const options = { params, ...(headers && { headers }), ...(encoding && { encoding }) }
  const client = new Client(handler) as Any
  try {
    const {
      status,
      headers: answered,
      data: output,
    } = await client.call(method, ...passed, options)
    expect(status).toBeLessThan(300)
    return { sent, headers: stable(Object.fromEntries(answered)), data: output }
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    const { message, status, headers: answered } = error
    return {
      sent,
      headers: stable(Object.fromEntries(answered ?? [])),
      error: error.error,
      message,
      status,
    }
  }
}

/** Validates an output with the library itself. */
function validatorOf(name: string): (value: unknown) => object | undefined {
  return (value) => {
    try {
      lexicons.assertValidXrpcOutput(`io.example.${name}`, value)
      return Object(value)
    } catch {
      return undefined
    }
  }
}

async function theirs(call: Call): Promise<Any> {
  const { sent, handler } = noting()
  const { params = {}, data, headers, encoding } = call
  try {
    const answer = await new XrpcClient(handler, lexicons).call(
      `io.example.${call.name}`,
      params as Any,
      data,
      { ...(headers && { headers }), ...(encoding && { encoding }) },
    )
    return { sent, headers: stable(answer.headers), data: answer.data }
  } catch (error) {
    if (!(error instanceof XRPCError)) throw error
    const { message, status, headers: answered } = error
    return { sent, headers: stable(answered ?? {}), error: error.error, message, status }
  }
}

function stable(headers: Record<string, string | undefined>): object {
  const { date: _, ...rest } = headers
  return rest
}

const form = new FormData()
form.set('a', 'b')

const calls: Readonly<Record<string, Call>> = {
  'no parameters': { name: 'params' },
  'text with signs': { name: 'params', params: { s: 'a b+&=%#?/é😀' } },
  'an empty text': { name: 'params', params: { s: '' } },
  numbers: { name: 'params', params: { i: -5, d: 0 } },
  booleans: { name: 'params', params: { b: false } },
  'a true boolean': { name: 'params', params: { b: true } },
  'an array': { name: 'params', params: { a: ['x', 'y', ''], ai: [1, 0], ab: [true, false] } },
  'an empty array': { name: 'params', params: { a: [], s: 'x' } },
  'one value for an array': { name: 'params', params: { a: 'x' } },
  'undefined parameters': { name: 'params', params: { s: undefined, i: 1 } },
  'an odd name': { name: 'oddName', params: { 'a b': '1', 'c[]': '2', é: '3' } },
  'a required parameter that is not there': { name: 'required' },
  'an invalid parameter': { name: 'params', params: { s: 'x'.repeat(50) } },
  'a header': { name: 'params', headers: { 'X-Custom': 'mine' } },
  JSON: { name: 'echo', data: { s: 'é😀', i: 1, any: { a: [null, true] }, none: undefined } },
  'JSON that is refused': { name: 'echo', data: { s: 5 } },
  'no JSON where some is needed': { name: 'echo' },
  'an array as JSON': { name: 'echo', data: { s: 'x', any: [1] } },
  'JSON with parameters': {
    name: 'verifiedPost',
    params: { kind: 'credentials' },
    data: { s: 'x' },
  },
  'nothing to send': { name: 'nothing' },
  text: { name: 'text', data: 'é😀', encoding: 'text/plain' },
  'text of any type': { name: 'blob', data: 'é😀' },
  'an empty text as body': { name: 'blob', data: '' },
  bytes: { name: 'blob', data: new Uint8Array([0, 1, 255]) },
  'a part of a buffer': { name: 'blob', data: new Uint8Array([0, 1, 255, 3]).subarray(1, 3) },
  'a buffer': { name: 'blob', data: new Uint8Array([1, 2]).buffer },
  'a blob with a type': { name: 'blob', data: new Blob(['x'], { type: 'image/png' }) },
  'a blob without a type': { name: 'blob', data: new Blob(['x']) },
  'a form': { name: 'text', data: form },
  'bytes of a type': { name: 'image', data: new Uint8Array([1]), encoding: 'image/jpeg' },
  'a type as a header': {
    name: 'image',
    data: new Uint8Array([1]),
    headers: { 'Content-Type': 'image/png' },
  },
  'a type that is not allowed': { name: 'image', data: new Blob(['x'], { type: 'image/gif' }) },
  'too much': { name: 'smallBlob', data: new Uint8Array(100) },
  'a verifier that refuses': { name: 'auth', data: { s: 'x' } },
  'a token': { name: 'auth', data: { s: 'x' }, headers: { authorization: 'me' } },
  'a method without a handler': { name: 'unhandled' },
}

describe('a call behaves as in @atproto/xrpc', () => {
  const APART: ReadonlySet<string> = new Set([
    // Bytes may be empty, but the library parses them as JSON.
    'outAny?kind=undefinedBody',
    // An undeclared body is not read, so its failure goes unnoticed.
    'outNone?kind=lateBreak',
  ])
  const ofKind = (name: string, kinds: object): [string, Call][] =>
    Object.keys(kinds).map((kind) => [`${name}?kind=${kind}`, { name, params: { kind } }])

  it.each<[string, Call]>(
    [
      ...Object.entries(calls),
      ...ofKind('out', outputs),
      ...ofKind('outAny', outputs),
      ...ofKind('outNone', outputs),
      ...ofKind('fail', failures),
      ...ofKind('own', ownAnswers),
    ].filter(([name]) => !APART.has(name)),
  )('%s', async (_, call) => {
    const expected = await theirs(call)
    expect(asTheLibrary(await ours(call), expected)).toEqual(expected)
  })

  it('with a stream', async () => {
    const call = (): Call => ({ name: 'blob', data: new Blob(['a', 'b']).stream() })
    const expected = await theirs(call())
    expect(asTheLibrary(await ours(call()), expected)).toEqual(expected)
  })
})

/** The outcome the library would have, where this client differs on purpose. */
function asTheLibrary(seen: Any, expected: Any): Any {
  // The library looks up the status text in a table; this client uses the one sent.
  if (seen.status === INVALID_ANSWER) {
    const { error, message, headers } = expected
    return { ...seen, error, message, headers }
  }
  if (seen.status !== undefined) return { ...seen, status: httpResponseCodeToEnum(seen.status) }
  // The library parses bytes by their media type, and reads undeclared bodies too.
  if (seen.data === undefined) return { ...seen, data: expected.data }
  if (!(seen.data instanceof Uint8Array) || expected.data instanceof Uint8Array) return seen
  const text = new TextDecoder().decode(seen.data)
  const isJson = /json/.test(seen.headers['content-type'])
  return { ...seen, data: isJson ? jsonStringToLex(text) : text }
}
