/** Documents that contain every emitted rule at least once, each where it alone decides. */
const object = (properties: object, rest: object = {}): object => ({
  type: 'object',
  ...rest,
  properties,
})
const string = (rest: object = {}): object => ({ type: 'string', ...rest })
const integer = (rest: object = {}): object => ({ type: 'integer', ...rest })
const ref = (to: string): object => ({ type: 'ref', ref: to })
const union = (refs: readonly string[], closed = false): object => ({ type: 'union', refs, closed })
const array = (items: object, rest: object = {}): object => ({ type: 'array', items, ...rest })

const FORMATS = [
  'at-identifier',
  'at-uri',
  'cid',
  'datetime',
  'did',
  'handle',
  'language',
  'nsid',
  'record-key',
  'tid',
  'uri',
]

/** One property `a` of each kind: required, optional, nullable, and both. */
function everyPresence(schemas: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) => [
      [`${name}-required`, object({ a: schema }, { required: ['a'] })],
      [`${name}-optional`, object({ a: schema })],
      [`${name}-required-nullable`, object({ a: schema }, { required: ['a'], nullable: ['a'] })],
      [`${name}-optional-nullable`, object({ a: schema }, { nullable: ['a'] })],
    ]),
  )
}

const kinds: Readonly<Record<string, object>> = {
  boolean: { type: 'boolean' },
  'boolean-const': { type: 'boolean', const: true },
  integer: integer(),
  'integer-const': integer({ const: 2 }),
  'integer-enum': integer({ enum: [1, 3] }),
  'integer-minimum': integer({ minimum: 2 }),
  'integer-maximum': integer({ maximum: 2 }),
  'integer-bounded': integer({ minimum: 1, maximum: 4 }),
  string: string(),
  'string-const': string({ const: 'x' }),
  'string-enum': string({ enum: ['a', 'bc'] }),
  'string-enum-one': string({ enum: ['a'] }),
  'string-enum-none': string({ enum: [] }),
  'string-longest': string({ maxLength: 6 }),
  'string-shortest': string({ minLength: 3 }),
  'string-graphemes-most': string({ maxGraphemes: 2 }),
  'string-graphemes-least': string({ minGraphemes: 2 }),
  'string-both-most': string({ maxLength: 4, maxGraphemes: 2 }),
  'string-everything': string({ minLength: 3, maxLength: 5, minGraphemes: 2, maxGraphemes: 3 }),
  bytes: { type: 'bytes' },
  'bytes-longest': { type: 'bytes', maxLength: 2 },
  'bytes-shortest': { type: 'bytes', minLength: 2 },
  'bytes-bounded': { type: 'bytes', minLength: 1, maxLength: 2 },
  'cid-link': { type: 'cid-link' },
  blob: { type: 'blob', accept: ['image/*'], maxSize: 10 },
  'blob-any': { type: 'blob', accept: ['*/*'] },
  'blob-exact': { type: 'blob', accept: ['image/png', 'text/plain'] },
  'blob-size': { type: 'blob', maxSize: 10 },
  unknown: { type: 'unknown' },
  array: array(string()),
  'array-longest': array(integer(), { maxLength: 2 }),
  'array-shortest': array({ type: 'boolean' }, { minLength: 2 }),
  'array-bounded': array(ref('#leaf'), { minLength: 1, maxLength: 2 }),
  'array-of-bounded': array(string({ maxLength: 2 })),
  'array-of-default': array(string({ default: 'x' })),
  'array-of-tokens': array(ref('#token')),
  'array-of-arrays': array(array(integer(), { maxLength: 1 })),
  'array-of-unions': array(union(['#leaf'])),
  object: object({ b: integer() }, { required: ['b'] }),
  'ref-object': ref('#leaf'),
  'ref-string': ref('#text'),
  'ref-array': ref('#list'),
  'ref-token': ref('#token'),
  'ref-record': ref('com.example.record'),
  'union-open': union(['#leaf', '#other', 'com.example.plain']),
  'union-closed': union(['#leaf', '#other', 'com.example.plain#main'], true),
  'union-empty': union([]),
  'union-strange': union(['#text', '#list', '#token', 'com.example.record', 'com.example.query']),
  ...Object.fromEntries(FORMATS.map((format) => [format, string({ format })])),
}

const defaults: Readonly<Record<string, object>> = {
  'default-boolean': { type: 'boolean', default: false },
  'default-integer': integer({ default: 7, minimum: 1, maximum: 4 }),
  'default-string': string({ default: '', maxLength: 2 }),
  'default-ref': ref('#defaulted'),
  'default-inside': object({ b: integer({ default: 1 }) }),
  'default-inside-ref': ref('#filled'),
  'default-in-items': array(ref('#filled'), { minLength: 1, maxLength: 2 }),
  'default-of-items': array(integer({ default: 1, maximum: 2 }), { maxLength: 2 }),
  'default-inside-union': union(['#filled', '#leaf']),
}

export const CORPUS: readonly object[] = [
  {
    lexicon: 1,
    id: 'com.example.rules',
    defs: {
      leaf: object({ n: integer() }, { required: ['n'] }),
      other: object({ s: string() }, { required: ['s'] }),
      text: string({ maxLength: 3 }),
      list: array(integer(), { maxLength: 2 }),
      token: { type: 'token' },
      defaulted: string({ default: 'd', enum: ['d', 'e'] }),
      filled: object({ b: integer({ default: 1 }), c: string() }),
      tree: object({ children: array(ref('#tree'), { maxLength: 3 }), self: ref('#tree') }),
      several: object(
        {
          first: string(),
          a: integer({ default: 1 }),
          between: { type: 'boolean' },
          b: ref('#filled'),
          c: string({ default: 'c' }),
          last: integer(),
        },
        { required: ['first', 'last'] },
      ),
      names: object({
        'a-b': string(),
        toString: string(),
        length: integer(),
        "it's": { type: 'boolean' },
      }),
      proto: JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"ref","ref":"#filled"},"z":{"type":"integer","default":1}}}',
      ),
      empty: object({}),
      ...everyPresence({ ...kinds, ...defaults }),
    },
  },
  {
    lexicon: 1,
    id: 'com.example.record',
    defs: {
      main: {
        type: 'record',
        key: 'tid',
        record: object({ text: string() }, { required: ['text'] }),
      },
    },
  },
  {
    lexicon: 1,
    id: 'com.example.plain',
    defs: { main: object({ n: integer() }, { required: ['n'] }) },
  },
  {
    lexicon: 1,
    id: 'com.example.query',
    defs: {
      main: {
        type: 'query',
        parameters: {
          type: 'params',
          required: ['q'],
          nullable: ['q'],
          properties: {
            q: string(),
            limit: integer({ minimum: 1, maximum: 100, default: 50 }),
            tags: array(string(), { maxLength: 2 }),
          },
        },
        output: { encoding: 'application/json', schema: object({ items: array(integer()) }) },
      },
    },
  },
  {
    lexicon: 1,
    id: 'com.example.bodies',
    defs: {
      main: {
        type: 'procedure',
        parameters: { type: 'params', properties: { flag: { type: 'boolean' } } },
        input: {
          encoding: 'application/json',
          schema: union(
            ['com.example.rules#leaf', 'com.example.record', 'com.example.rules#list'],
            true,
          ),
        },
        output: { encoding: 'application/json', schema: ref('com.example.record') },
      },
    },
  },
  {
    lexicon: 1,
    id: 'com.example.unchecked',
    defs: {
      // A body that refers to something other than an object may be any object.
      main: {
        type: 'query',
        output: { encoding: 'application/json', schema: ref('com.example.rules#list') },
      },
    },
  },
  {
    lexicon: 1,
    id: 'com.example.stream',
    defs: {
      main: { type: 'subscription', message: { schema: union(['#tick', '#tock']) } },
      tick: object({ n: integer() }),
      tock: object({ s: string() }),
    },
  },
]
