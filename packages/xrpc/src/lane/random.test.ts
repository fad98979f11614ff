import type { LexiconDoc } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AnyMethod } from './stock.ts'
import { type Answer, exchange } from './testing/exchange.ts'
import { openPair } from './testing/pair.ts'
import { chunked, get, post, request } from './testing/requests.ts'

/** Random documents, and random requests for what is in them, to both servers. */

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

const methods = fc.record({
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
  ),
  fc.webFragments().map((text) => text.slice(0, 10)),
)
const search = fc
  .array(fc.tuple(piece, fc.constantFrom('=', '=', '=', '', '=='), piece), { maxLength: 5 })
  .map((pairs) => pairs.map((pair) => pair.join('')).join('&'))

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
)
const headers = fc.dictionary(
  fc.constantFrom(
    'Content-Type',
    'Accept',
    'If-None-Match',
    'Content-Encoding',
    'X-Custom',
    'Range',
  ),
  fc.constantFrom('application/json', 'text/plain', '*', '"x"', 'gzip', 'identity', 'bytes=0-1'),
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
)

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
        fc.array(requests, { minLength: 20, maxLength: 40 }),
        async (m, all) => {
          const registered = new Map([
            ['io.random.query', echo],
            ['io.random.procedure', echo],
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
      { numRuns: 40, interruptAfterTimeLimit: 25_000 },
    )
  })
})
