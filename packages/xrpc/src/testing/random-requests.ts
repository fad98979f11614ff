import fc from 'fast-check'
import { names } from './random-documents.ts'
import { chunked, get, post, request } from './requests.ts'

const piece = fc.oneof(
  names.map(encodeURIComponent),
  fc.constantFrom(
    '1',
    '-2',
    'true',
    'false',
    '',
    'x',
    '%20',
    '+',
    '%',
    '%C3%A9',
    '[]',
    '[0]',
    '#',
    '__proto__',
    'constructor',
    '%EF%BB%BF',
    '%00',
    '%ED%A0%80',
    '%61',
  ),
  fc.webFragments().map((text) => text.slice(0, 10)),
)
const search = fc
  .array(fc.tuple(piece, fc.constantFrom('=', '=', '=', '', '=='), piece), { maxLength: 5 })
  .chain((pairs) =>
    fc.tuple(
      fc.constant(pairs.map((pair) => pair.join('')).join('&')),
      fc.oneof({ weight: 19, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(300) }),
    ),
  )
  .map(([text, times]) => Array(times).fill(text).join('&').slice(0, 8_000))

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>('x', '', 'é😀', 1, -1, 1.5, true, null, [], {}),
    fc.constantFrom<unknown>(
      { $bytes: 'AQID' },
      { $link: 'x' },
      { $type: 'blob' },
      { cid: 'a', mimeType: 'b' },
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(names, fc.constantFrom('$link', 'mimeType')), tie('any'), {
      maxKeys: 4,
    }),
  ),
})).any
const text = fc.oneof(
  { weight: 6, arbitrary: value.map((any) => JSON.stringify(any)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  // Shallow enough for both, or too deep for both: where the stack overflows is not compared.
  {
    weight: 1,
    arbitrary: fc.constantFrom(400, 600, 1_000, 9_000).map((n) => '['.repeat(n) + ']'.repeat(n)),
  },
)
const headers = fc.dictionary(
  fc.constantFrom(
    'Content-Type',
    'Accept',
    'If-None-Match',
    'Content-Encoding',
    'X-Custom',
    'Range',
    'Expect',
  ),
  fc.constantFrom(
    ...['application/json', 'text/plain', 'application/json;charset=latin1', 'APPLICATION/JSON'],
    ...['*', '"x"', 'gzip', 'identity', 'bytes=0-1', '100-continue'],
  ),
  { maxKeys: 1 },
)
const verbs = fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS')
const path = fc.constantFrom('query', 'procedure', 'Query', 'query/', 'other', 'procedure/')

const requests = fc.oneof(
  fc.tuple(search, headers).map(([q, h]) => get(`/xrpc/io.random.query?${safe(q)}`, h)),
  fc
    .tuple(search, text, headers)
    .map(([q, t, h]) => post(`/xrpc/io.random.procedure?${safe(q)}`, t, h)),
  fc.tuple(text, headers).map(([t, h]) => post('/xrpc/io.random.procedure', t, h)),
  fc.array(text, { maxLength: 3 }).map((parts) => chunked('/xrpc/io.random.procedure', parts)),
  fc.tuple(verbs, path).map(([verb, p]) => request(verb, `/xrpc/io.random.${p}`)),
  fc.nat(7).map((n) => get(`/xrpc/io.random.answer?n=${n}`)),
  fc.nat(7).map((n) => request('POST', `/xrpc/io.random.json?n=${n}`, { 'X-Answer': String(n) })),
)

/** A request in several packets, cut anywhere. */
export const packets: fc.Arbitrary<readonly string[]> = fc
  .tuple(requests, fc.array(fc.nat(), { maxLength: 2 }))
  .map(([bytes, cuts]) => {
    const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b)]
    return places.map((place, index) => bytes.slice(place, places[index + 1]))
  })

/** Removes characters that a request line may not contain. */
function safe(target: string): string {
  return target.replace(/[^\x21-\x7e]/g, '')
}
