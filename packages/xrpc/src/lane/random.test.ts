import type { LexiconDoc } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AnyMethod } from './stock.ts'
import { type Answer, exchange } from './testing/exchange.ts'
import { openPair } from './testing/pair.ts'
import { chunked, get, post, request } from './testing/requests.ts'

/** Random documents, random requests for what is in them, and random answers of handlers, on both servers. */

// Express warns of handlers that pass what it only puts up with; somebody who listens is told instead.
process.on('deprecation', () => {})

const latin = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
const names = fc.constantFrom('a', 'b', 'c', 'd', 'some-name', 'x.y', 'odd name', 'é')
const primitive = fc.oneof(
  fc.record({ type: fc.constant('string') }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('string'), maxLength: fc.nat(8), minLength: fc.nat(3) }),
  fc.record({ type: fc.constant('string'), default: fc.constantFrom('', 'preset') }),
  fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -5, max: 5 }) }),
  fc.record({ type: fc.constant('integer'), default: fc.constant(3) }),
  fc.record({ type: fc.constant('boolean') }),
)
const property = fc.oneof(
  primitive,
  fc.record({ type: fc.constant('array'), items: primitive, maxLength: fc.nat(4) }),
)
const properties = fc.dictionary(names, property, { maxKeys: 5 })
const inputProperty = fc.oneof(
  property,
  fc.constantFrom({ type: 'unknown' }, { type: 'bytes' }, { type: 'cid-link' }, { type: 'blob' }),
)

/** What a handler returns: anything at all in place of JSON, with headers that may be none. */
const answer = fc.record(
  {
    encoding: fc.constantFrom('application/json', 'application/json', 'json', 'text/plain', 'a/b'),
    body: fc.oneof(
      fc.record({ seen: anything() }),
      fc.constantFrom<unknown>(undefined, null, 0, '', 'é', Buffer.from([255])),
      anything(),
    ),
    headers: fc.dictionary(
      fc.constantFrom('X-One', 'Vary', 'ETag', 'Content-Type', 'Set-Cookie', 'X Bad'),
      fc.oneof(fc.constantFrom('a', 'a\nb', '', null, ['a', 'b']), fc.string({ unit: latin })),
      { maxKeys: 2 },
    ),
    status: fc.constantFrom<unknown>(200, 399, 400, '404', 500, null, 799),
    error: fc.constant('Named'),
  },
  { requiredKeys: ['encoding', 'body'] },
)

function anything(): fc.Arbitrary<unknown> {
  return fc.anything({
    maxDepth: 3,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withNullPrototype: true,
    withBoxedValues: true,
  })
}

const methods = fc.record({
  answers: fc.array(answer, { minLength: 8, maxLength: 8 }),
  parameters: properties,
  input: fc.dictionary(names, inputProperty, { maxKeys: 5 }),
  required: fc.subarray(['a', 'b']),
})

function documentsOf({ parameters, input, required }: Methods): LexiconDoc[] {
  const params = { type: 'params', properties: parameters, required: within(required, parameters) }
  const body = (schema: object) => ({ encoding: 'application/json', schema })
  const output = body({ type: 'object', properties: { seen: { type: 'unknown' } } })
  const schema = { type: 'object', properties: input, required: within(required, input) }
  return [
    {
      lexicon: 1,
      id: 'io.random.query',
      defs: { main: { type: 'query', parameters: params, output } },
    },
    {
      lexicon: 1,
      id: 'io.random.procedure',
      defs: { main: { type: 'procedure', parameters: params, input: body(schema), output } },
    },
    {
      lexicon: 1,
      id: 'io.random.answer',
      defs: {
        main: {
          type: 'query',
          parameters: { type: 'params', properties: { n: { type: 'integer' } } },
          output: { encoding: '*/*' },
        },
      },
    },
    { lexicon: 1, id: 'io.random.json', defs: { main: { type: 'procedure', output } } },
  ] as unknown as LexiconDoc[]
}

type Methods = typeof methods extends fc.Arbitrary<infer T> ? T : never

function within(required: readonly string[], all: object): string[] {
  return required.filter((name) => name in all)
}

const echo: AnyMethod = ({ params, input }) => ({
  encoding: 'application/json',
  body: { seen: { params: params ?? null, input: input?.body ?? null } },
})

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
  // Shallow enough for both, or too deep for both: where exactly the stack ends is not to be compared.
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
const packets = fc.tuple(requests, fc.array(fc.nat(), { maxLength: 2 })).map(([bytes, cuts]) => {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b)]
  return places.map((place, index) => bytes.slice(place, places[index + 1]))
})

/** What may stand in a request line at all. */
function safe(target: string): string {
  return target.replace(/[^\x21-\x7e]/g, '')
}

function comparable(answers: readonly (Answer | string)[]): unknown {
  return answers.map((answer) => {
    if (typeof answer === 'string') return answer
    const { etag, ...rest } = answer.headers
    return { ...answer, headers: rest }
  })
}

describe('random requests for random documents', () => {
  it('are answered as the stock server answers them', async () => {
    await fc.assert(
      fc.asyncProperty(
        methods,
        fc.array(packets, { minLength: 20, maxLength: 40 }),
        async (m, all) => {
          const registered = new Map<string, AnyMethod>([
            ['io.random.query', echo],
            ['io.random.procedure', echo],
            ['io.random.answer', ({ params }) => m.answers[params.n] as never],
            ['io.random.json', ({ req }) => m.answers[Number(req.get('X-Answer'))] as never],
          ])
          const pair = await openPair({ documents: documentsOf(m), handlers: () => registered })
          try {
            for (const one of all) {
              const [stock, lane] = await Promise.all([
                exchange(pair.stock, one),
                exchange(pair.lane, one),
              ])
              expect({ one, answers: comparable(lane) }).toEqual({
                one,
                answers: comparable(stock),
              })
            }
          } finally {
            await pair.close()
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})
