import { anyCharacter } from '@lexwright/testing/any-character'
import fc from 'fast-check'
import { chunked, get, post, request } from './requests.ts'

/** Requests malformed in every way: valid ones cut off, changed or repeated, and random bytes. */
export function malformedRequests(): fc.Arbitrary<Buffer> {
  const json = fc.oneof(fc.json(), fc.string(), fc.constant(`{"s":${'['.repeat(5_000)}`))
  const target = fc.oneof(
    fc.constantFrom('params', 'echo', 'blob', 'text', 'auth', 'fail?kind=plain', 'out?kind=late'),
    fc.webQueryParameters().map((query) => `params?${query}`),
    fc.string({ unit: anyCharacter(), maxLength: 20 }),
  )
  const path = target.map((name) => `/xrpc/io.example.${name}`)
  const headers = fc.dictionary(
    fc.constantFrom(
      'Content-Type',
      'Content-Length',
      'Transfer-Encoding',
      'Content-Encoding',
      'Expect',
      'Upgrade',
      'Connection',
      'X-Y',
    ),
    fc.oneof(
      fc.constantFrom(
        'chunked',
        '-1',
        '0',
        '10',
        '99999999999',
        'gzip',
        'br',
        '100-continue',
        'websocket',
        'close',
        'a/b',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 30 }),
    ),
    { maxKeys: 4 },
  )
  const valid = fc.oneof(
    fc.tuple(path, headers).map(([to, given]) => get(to, given)),
    fc.tuple(path, json, headers).map(([to, body, given]) => post(to, body, given)),
    fc
      .tuple(path, fc.array(json, { maxLength: 3 }), headers)
      .map(([to, parts, given]) => chunked(to, parts, given)),
    fc.tuple(fc.string(), path, headers).map(([verb, to, given]) => request(verb, to, given)),
  )
  const broken = fc.oneof(
    fc.tuple(valid, fc.nat(400)).map(([text, length]) => text.slice(0, length)),
    fc
      .tuple(valid, fc.nat(400), fc.string({ unit: 'binary-ascii' }))
      .map(([text, at, extra]) => text.slice(0, at) + extra + text.slice(at)),
    fc.tuple(valid, fc.integer({ min: 2, max: 30 })).map(([text, times]) => text.repeat(times)),
    valid,
  )
  return fc.oneof(
    { weight: 9, arbitrary: broken.map((text) => Buffer.from(text, 'latin1')) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  )
}
