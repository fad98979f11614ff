import type { LexiconDoc } from '@atproto/lexicon'
import fc from 'fast-check'

const latin = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
/** Names of parameters and properties. */
export const names: fc.Arbitrary<string> = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'some-name',
  'x.y',
  'odd name',
  'é',
)
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

export interface Methods {
  readonly answers: readonly unknown[]
  readonly parameters: object
  readonly input: object
  readonly required: readonly string[]
}

/** Results of a handler: arbitrary values in place of JSON, with or without headers. */
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

/** Inputs and outputs of the methods of random documents. */
export const methods: fc.Arbitrary<Methods> = fc.record({
  answers: fc.array(answer, { minLength: 8, maxLength: 8 }),
  parameters: properties,
  input: fc.dictionary(names, inputProperty, { maxKeys: 5 }),
  required: fc.subarray(['a', 'b']),
})

export function documentsOf({ parameters, input, required }: Methods): LexiconDoc[] {
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

function within(required: readonly string[], all: object): string[] {
  return required.filter((name) => name in all)
}
