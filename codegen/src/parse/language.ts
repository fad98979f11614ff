/**
 * The grammar of the Lexicon language as a table: the fields of each type, the content of each field, and
 * the types allowed in each place. `check-document.ts` walks documents along it. Fields not listed here are
 * kept and ignored, as in every other implementation.
 */

/** The position of a schema, which determines the allowed types. */
export type Place =
  | 'main'
  | 'definition'
  | 'value'
  | 'item'
  | 'parameter'
  | 'parameter-item'
  | 'body'

export type FieldKind =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'length'
  | 'strings'
  | 'integers'
  | 'ref'
  | 'refs'
  | 'errors'
  | 'permissions'
  | 'encoding'
  | 'translations'
  | { readonly schema: Place; readonly only?: string }
  | { readonly schemas: Place }
  | { readonly object: string }

export interface Field {
  readonly kind: FieldKind
  readonly required?: true
}

const description: Record<string, Field> = { description: { kind: 'string' } }
const lengths: Record<string, Field> = {
  minLength: { kind: 'length' },
  maxLength: { kind: 'length' },
}
const members: Record<string, Field> = {
  required: { kind: 'strings' },
  nullable: { kind: 'strings' },
}
const method: Record<string, Field> = {
  ...description,
  parameters: { kind: { schema: 'parameter', only: 'params' } },
  errors: { kind: 'errors' },
}

/** The fields of every type, and of the two structures without a type name (`*body`, `*message`). */
export const FIELDS: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  boolean: { ...description, default: { kind: 'boolean' }, const: { kind: 'boolean' } },
  integer: {
    ...description,
    default: { kind: 'integer' },
    const: { kind: 'integer' },
    enum: { kind: 'integers' },
    minimum: { kind: 'integer' },
    maximum: { kind: 'integer' },
  },
  string: {
    ...description,
    ...lengths,
    format: { kind: 'string' },
    default: { kind: 'string' },
    const: { kind: 'string' },
    enum: { kind: 'strings' },
    knownValues: { kind: 'strings' },
    minGraphemes: { kind: 'length' },
    maxGraphemes: { kind: 'length' },
  },
  bytes: { ...description, ...lengths },
  'cid-link': description,
  blob: { ...description, accept: { kind: 'strings' }, maxSize: { kind: 'length' } },
  unknown: description,
  array: { ...description, ...lengths, items: { kind: { schema: 'item' }, required: true } },
  object: { ...description, ...members, properties: { kind: { schemas: 'value' } } },
  ref: { ...description, ref: { kind: 'ref', required: true } },
  union: { ...description, refs: { kind: 'refs', required: true }, closed: { kind: 'boolean' } },
  token: description,
  params: { ...description, ...members, properties: { kind: { schemas: 'parameter' } } },
  record: {
    ...description,
    key: { kind: 'string' },
    record: { kind: { schema: 'value', only: 'object' }, required: true },
  },
  query: { ...method, output: { kind: { object: '*body' } } },
  procedure: {
    ...method,
    input: { kind: { object: '*body' } },
    output: { kind: { object: '*body' } },
  },
  subscription: { ...method, message: { kind: { object: '*message' } } },
  'permission-set': {
    ...description,
    title: { kind: 'string' },
    detail: { kind: 'string' },
    'title:lang': { kind: 'translations' },
    'detail:lang': { kind: 'translations' },
    permissions: { kind: 'permissions', required: true },
  },
  '*body': {
    ...description,
    encoding: { kind: 'encoding', required: true },
    schema: { kind: { schema: 'body' } },
  },
  '*message': { ...description, schema: { kind: { schema: 'body' } } },
}

const scalars = ['boolean', 'integer', 'string', 'bytes', 'cid-link', 'blob', 'unknown']
const named = [...scalars, 'array', 'object', 'token']
const values = [...scalars, 'array', 'object', 'ref', 'union']

/** Types allowed only as the main definition of a document. */
export const MAIN_ONLY: readonly string[] = [
  'record',
  'query',
  'procedure',
  'subscription',
  'permission-set',
]

/** The types allowed in each place. */
export const ALLOWED: Readonly<Record<Place, readonly string[]>> = {
  main: [...MAIN_ONLY, ...named],
  definition: named,
  value: values,
  item: values,
  parameter: ['boolean', 'integer', 'string', 'unknown', 'array'],
  'parameter-item': ['boolean', 'integer', 'string', 'unknown'],
  body: ['object', 'ref', 'union'],
}
