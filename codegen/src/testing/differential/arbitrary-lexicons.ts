import fc from 'fast-check'
import type { LexiconDocument } from '../../parse/schema.ts'

interface Address {
  readonly nsid: string
  readonly name: string
}

/** An unresolved reference: a number that selects its target, and the spelling to use. */
interface Draft {
  readonly $ref: number
  readonly spelling: number
}

function resolved(value: unknown, nsid: string, addresses: readonly Address[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => resolved(item, nsid, addresses))
  if ('$ref' in value) return spelled(value as Draft, nsid, addresses)
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const child = resolved(Object.getOwnPropertyDescriptor(value, key)?.value, nsid, addresses)
    Object.defineProperty(result, key, {
      value: child,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return result
}

function spelled({ $ref, spelling }: Draft, home: string, addresses: readonly Address[]): string {
  const { nsid, name } = addresses[$ref % addresses.length] as Address
  const spellings = [`${nsid}#${name}`, `lex:${nsid}#${name}`]
  if (name === 'main') spellings.push(nsid, `lex:${nsid}`, nsid)
  if (nsid === home) spellings.push(`#${name}`, `#${name}`)
  return spellings[spelling % spellings.length] as string
}

function nsids(): fc.Arbitrary<string> {
  return fc.constantFrom(
    'com.example.one',
    'com.example.two',
    'com.example.oneTwo',
    'com.exa-mple.one',
    'xrpc.class.delete',
    'a.b.constructor',
  )
}

/** Names of properties, likely ones first: quoted ones are hazards for generated code. */
const PROPERTIES = [
  'a',
  'b',
  'c',
  'd',
  'text',
  'items',
  'x',
  'v',
  'r',
  'y',
  '$type',
  '0',
  '10',
  '2',
  'type',
  'ref',
  'toString',
  'constructor',
  'length',
  'valueOf',
  '__proto__',
  'hasOwnProperty',
  'a-b',
  "it's",
  'é',
  '',
  ' ',
  '#here',
  'description',
  'undefined',
  'class',
  '\u2028',
  '`$v`',
]
const DEFINITIONS = [
  'view',
  'item',
  'a',
  'b',
  'Main',
  'main2',
  'toString',
  '__proto__',
  'constructor',
  'x-y',
  '1st',
  'é',
  'validators',
  'isDid',
  'Array',
]

function propertyName(): fc.Arbitrary<string> {
  return fc
    .nat(PROPERTIES.length * 2)
    .map((n) => PROPERTIES[n < PROPERTIES.length ? n : n % 6] as string)
}

function reference(): fc.Arbitrary<Draft> {
  return fc.record({ $ref: fc.nat(30), spelling: fc.nat(20) })
}

/** A field that may be missing. */
function optional<T>(arbitrary: fc.Arbitrary<T>, odds = 2): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: odds })
}

function schemaOf(
  type: string,
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<object> {
  return fc.record({ type: fc.constant(type), ...fields }).map(withoutAbsent)
}

function withoutAbsent(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, child]) => child !== undefined))
}

const integer = (): fc.Arbitrary<number> => fc.constantFrom(0, 1, 2, 3, 5, -1, 100)
const length = (): fc.Arbitrary<number> => fc.constantFrom(0, 1, 2, 3, 4, 6, 10)
const word = (): fc.Arbitrary<string> =>
  fc.constantFrom(
    'a',
    'b',
    '',
    'é',
    '#here',
    '\ud800',
    "it's",
    'alice.test',
    '😀',
    'com.example.one#view',
  )

const scalars: readonly fc.Arbitrary<object>[] = [
  schemaOf('boolean', { default: optional(fc.boolean()), const: optional(fc.boolean(), 5) }),
  schemaOf('integer', {
    default: optional(integer()),
    const: optional(integer(), 8),
    enum: optional(fc.array(integer(), { maxLength: 3 }), 5),
    minimum: optional(integer()),
    maximum: optional(integer()),
  }),
  schemaOf('string', {
    format: optional(
      fc.constantFrom(
        'datetime',
        'uri',
        'at-uri',
        'did',
        'handle',
        'at-identifier',
        'nsid',
        'cid',
        'language',
        'tid',
        'record-key',
        'com.example.unknown',
        'toString',
      ),
    ),
    default: optional(word(), 3),
    const: optional(word(), 10),
    enum: optional(fc.array(word(), { maxLength: 3 }), 6),
    knownValues: optional(fc.array(word(), { maxLength: 3 }), 6),
    minLength: optional(length(), 3),
    maxLength: optional(length(), 3),
    minGraphemes: optional(length(), 4),
    maxGraphemes: optional(length(), 4),
  }),
]
const binary: readonly fc.Arbitrary<object>[] = [
  schemaOf('bytes', { minLength: optional(length()), maxLength: optional(length()) }),
  schemaOf('cid-link', {}),
  schemaOf('blob', {
    accept: optional(
      fc.array(fc.constantFrom('image/*', 'image/png', '*/*', 'text/plain'), { maxLength: 2 }),
    ),
    maxSize: optional(fc.constantFrom(0, 5, 100)),
  }),
]
const unknown = schemaOf('unknown', {})
// A closed union needs at least one member.
const union = fc.oneof(
  schemaOf('union', {
    refs: fc.array(reference(), { minLength: 1, maxLength: 4 }),
    closed: optional(fc.boolean()),
  }),
  schemaOf('union', { refs: fc.array(reference(), { maxLength: 4 }) }),
)
const ref = reference().map((target) => ({ type: 'ref', ref: target }))

const { value } = fc.letrec<{ value: object; array: object; object: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    ...scalars.map((arbitrary) => ({ arbitrary, weight: 4 })),
    ...binary.map((arbitrary) => ({ arbitrary, weight: 1 })),
    { arbitrary: unknown, weight: 1 },
    { arbitrary: ref, weight: 6 },
    { arbitrary: union, weight: 4 },
    { arbitrary: tie('array'), weight: 4 },
    { arbitrary: tie('object'), weight: 4 },
  ),
  array: schemaOf('array', {
    items: tie('value'),
    minLength: optional(length(), 4),
    maxLength: optional(length(), 4),
  }),
  object: objectOf(tie('value')),
}))

function objectOf(property: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const names = fc.array(propertyName(), { maxLength: 3 })
  return fc
    .record({
      entries: fc.uniqueArray(fc.tuple(propertyName(), property), {
        selector: ([name]) => name,
        maxLength: 5,
      }),
      required: optional(names, 3),
      also: fc.array(fc.nat(4), { maxLength: 4 }),
      nullable: optional(fc.array(fc.nat(4), { maxLength: 2 }), 3),
    })
    .map(({ entries, required, also, nullable }) => {
      const at = (index: number): string[] =>
        entries[index] === undefined ? [] : [entries[index][0]]
      const all = [...(required ?? []), ...also.flatMap(at)]
      return {
        type: 'object',
        ...(all.length > 0 && { required: all }),
        ...(nullable && { nullable: nullable.flatMap(at) }),
        properties: fromEntries(entries),
      }
    })
}

/** Like `Object.fromEntries`, which makes `__proto__` an own property; explicit because it matters here. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): object {
  const result = {}
  for (const [name, child] of entries) {
    Object.defineProperty(result, name, {
      value: child,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return result
}

const object = objectOf(value)
const parameters = fc
  .tuple(
    objectOf(
      fc.oneof(
        ...scalars,
        unknown,
        schemaOf('array', {
          items: fc.oneof(...scalars, unknown),
          minLength: optional(length(), 4),
          maxLength: optional(length(), 4),
        }),
      ),
    ),
  )
  .map(([schema]) => ({ ...schema, type: 'params' }))

const bodySchema = fc.oneof(
  { arbitrary: object, weight: 3 },
  { arbitrary: ref, weight: 3 },
  { arbitrary: union, weight: 2 },
)
const body = fc
  .record({ encoding: fc.constant('application/json'), schema: optional(bodySchema, 10) })
  .map(withoutAbsent)

const named: readonly fc.WeightedArbitrary<object>[] = [
  { arbitrary: object, weight: 8 },
  { arbitrary: fc.oneof(...scalars, ...binary, unknown), weight: 3 },
  { arbitrary: schemaOf('array', { items: value, maxLength: optional(length(), 4) }), weight: 2 },
  { arbitrary: schemaOf('token', {}), weight: 1 },
]

const main = fc.oneof(
  {
    arbitrary: schemaOf('record', { key: fc.constant('tid'), record: object }),
    weight: 4,
  },
  {
    arbitrary: schemaOf('query', {
      parameters: optional(parameters, 5),
      output: optional(body, 5),
    }),
    weight: 3,
  },
  {
    arbitrary: schemaOf('procedure', {
      parameters: optional(parameters),
      input: optional(body, 5),
      output: optional(body),
    }),
    weight: 4,
  },
  {
    arbitrary: schemaOf('subscription', {
      parameters: optional(parameters),
      message: optional(
        bodySchema.map((schema) => ({ schema })),
        5,
      ),
    }),
    weight: 2,
  },
  { arbitrary: schemaOf('permission-set', { permissions: fc.constant([]) }), weight: 1 },
  ...named,
)

function definitions(): fc.Arbitrary<Record<string, object>> {
  return fc
    .tuple(
      optional(main, 6),
      fc.uniqueArray(fc.tuple(fc.constantFrom(...DEFINITIONS), fc.oneof(...named)), {
        selector: ([name]) => name,
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(
      ([first, others]) =>
        fromEntries([...(first ? [['main', first] as const] : []), ...others]) as Record<
          string,
          object
        >,
    )
}

/**
 * Random sets of documents with every construct of the language, nested and circular, with unusual names.
 * Every reference resolves: it is drawn as a number and resolved once all definitions exist.
 */
export const lexicons: fc.Arbitrary<LexiconDocument[]> = fc
  .uniqueArray(fc.tuple(nsids(), definitions()), {
    selector: ([nsid]) => nsid,
    minLength: 1,
    maxLength: 3,
  })
  .map((drafts) => {
    const addresses = drafts.flatMap(([nsid, defs]) =>
      Object.keys(defs).map((name) => ({ nsid, name })),
    )
    return drafts.map(([id, defs]) => ({
      lexicon: 1 as const,
      id,
      defs: resolved(defs, id, addresses) as LexiconDocument['defs'],
    }))
  })
