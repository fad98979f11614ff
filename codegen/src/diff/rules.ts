/**
 * The direction a value flows in: from callers to handlers, from handlers to callers, or into storage and back.
 */
export type Direction = 'input' | 'output' | 'record'

/**
 * The parties a change breaks.
 * - `client`: a program built with the old documents that talks to a server with the new ones, or reads new records;
 * - `server`: handlers written for the old documents, with code generated from the new ones;
 * - `records`: records written under the old documents and read under the new.
 */
export type Party = 'client' | 'server' | 'records'

type Breaks = Readonly<Partial<Record<Direction, readonly Party[]>>>

export interface ChangeRule {
  /** The change in words. */
  readonly says: string
  readonly breaks: Breaks
  /** The same definition before and after: a property of an object if `in` is `schema`, else the main definition. */
  readonly example: {
    readonly in: 'schema' | 'main'
    readonly before: object
    readonly after: object
  }
}

/** Fewer values are allowed: a value that was valid is now refused. */
const NARROWS: Breaks = { input: ['client'], output: ['server'], record: ['records'] }
/** More values are allowed, visibly in types: new kinds of values may arrive. */
const WIDENS: Breaks = { input: ['server'], output: ['client'], record: ['client'] }
/** More values are allowed within the same type: only receivers that validate are affected. */
const LOOSENS: Breaks = { output: ['client'], record: ['client'] }
const REPLACES: Breaks = {
  input: ['client', 'server'],
  output: ['client', 'server'],
  record: ['client', 'records'],
}
const HARMLESS: Breaks = {}

const schema = (before: object, after: object): ChangeRule['example'] => ({
  in: 'schema',
  before: { type: 'object', properties: { it: before } },
  after: { type: 'object', properties: { it: after } },
})
const object = (before: object, after: object): ChangeRule['example'] => ({
  in: 'schema',
  before: { type: 'object', ...before },
  after: { type: 'object', ...after },
})
const method = (before: object, after: object): ChangeRule['example'] => ({
  in: 'main',
  before: { type: 'procedure', ...before },
  after: { type: 'procedure', ...after },
})
const text = { type: 'string' }
const one = { properties: { it: text } }
const json = { encoding: 'application/json' }
const typed = { ...json, schema: { type: 'object', properties: { it: text } } }
const params = (parameters: object): object => ({ parameters: { type: 'params', ...parameters } })

export type ChangeName =
  | 'document-added'
  | 'method-removed'
  | 'record-removed'
  | 'definition-removed'
  | 'definition-added'
  | 'kind-changed'
  | 'record-key-changed'
  | 'permission-removed'
  | 'body-added'
  | 'body-removed'
  | 'body-schema-added'
  | 'body-schema-removed'
  | 'encoding-removed'
  | 'encoding-added'
  | 'error-removed'
  | 'error-added'
  | 'property-added'
  | 'required-property-added'
  | 'property-removed'
  | 'required-property-removed'
  | 'became-required'
  | 'became-optional'
  | 'became-nullable'
  | 'no-longer-nullable'
  | 'default-changed'
  | 'default-removed'
  | 'default-added'
  | 'type-changed'
  | 'became-repeatable'
  | 'values-removed'
  | 'values-added'
  | 'known-values-changed'
  | 'bound-tightened'
  | 'bound-loosened'
  | 'format-tightened'
  | 'format-loosened'
  | 'format-changed'
  | 'media-type-removed'
  | 'media-type-added'
  | 'union-closed'
  | 'union-opened'
  | 'closed-member-removed'
  | 'closed-member-added'
  | 'open-members-changed'

/** Every kind of change. */
export const CHANGES: Readonly<Record<ChangeName, ChangeRule>> = {
  // Documents and definitions.
  'document-added': {
    says: 'a document is new',
    breaks: HARMLESS,
    example: { in: 'main', before: {}, after: { type: 'token' } },
  },
  'method-removed': {
    says: 'a query, procedure or subscription is gone',
    breaks: { input: ['client', 'server'] },
    example: { in: 'main', before: { type: 'query' }, after: {} },
  },
  'record-removed': {
    says: 'a record is gone',
    breaks: { record: ['client', 'records'] },
    example: {
      in: 'main',
      before: { type: 'record', record: { type: 'object' } },
      after: {},
    },
  },
  'definition-removed': {
    says: 'a definition is gone that others may refer to',
    breaks: { input: ['client', 'server'], output: ['client', 'server'], record: ['client'] },
    example: { in: 'main', before: text, after: {} },
  },
  'definition-added': {
    says: 'a definition is new in a document',
    breaks: HARMLESS,
    example: { in: 'main', before: {}, after: text },
  },
  'kind-changed': {
    says: 'a definition is of another kind, such as a procedure instead of a query',
    breaks: { input: ['client', 'server'], output: ['client', 'server'], record: ['records'] },
    example: { in: 'main', before: { type: 'query' }, after: { type: 'procedure' } },
  },
  'record-key-changed': {
    says: 'the keys of a record are of another kind',
    breaks: { record: ['client', 'records'] },
    example: {
      in: 'main',
      before: { type: 'record', key: 'tid', record: { type: 'object' } },
      after: { type: 'record', key: 'nsid', record: { type: 'object' } },
    },
  },
  'permission-removed': {
    says: 'a permission set grants less',
    breaks: { input: ['client'] },
    example: {
      in: 'main',
      before: { type: 'permission-set', permissions: [{ resource: 'repo' }] },
      after: { type: 'permission-set', permissions: [] },
    },
  },

  // Bodies, errors and messages of methods.
  'body-added': {
    says: 'a method has an input, output or message that had none',
    breaks: { input: ['client'], output: ['server'] },
    example: method({}, { input: json }),
  },
  'body-removed': {
    says: 'a method no longer has an input, output or message',
    breaks: { input: ['client', 'server'], output: ['client', 'server'] },
    example: method({ output: json }, {}),
  },
  'body-schema-added': {
    says: 'a body of any kind has a schema now',
    breaks: NARROWS,
    example: method({ input: json }, { input: typed }),
  },
  'body-schema-removed': {
    says: 'a body has no schema any more',
    breaks: WIDENS,
    example: method({ output: typed }, { output: json }),
  },
  'encoding-removed': {
    says: 'a media type is no longer allowed',
    breaks: NARROWS,
    example: method(
      { input: { encoding: 'image/png, image/gif' } },
      { input: { encoding: 'image/png' } },
    ),
  },
  'encoding-added': {
    says: 'another media type is allowed',
    breaks: WIDENS,
    example: method(
      { output: { encoding: 'image/png' } },
      { output: { encoding: 'image/png, image/gif' } },
    ),
  },
  'error-removed': {
    says: 'an error is no longer declared, so its class is gone',
    breaks: { output: ['server'] },
    example: method({ errors: [{ name: 'Gone' }] }, {}),
  },
  'error-added': {
    says: 'an error is new; callers have to expect errors they do not know',
    breaks: HARMLESS,
    example: method({}, { errors: [{ name: 'Gone' }] }),
  },

  // Properties and parameters.
  'property-added': {
    says: 'an optional property or parameter is new',
    breaks: HARMLESS,
    example: object({}, one),
  },
  'required-property-added': {
    says: 'a required property or parameter is new, without a default',
    breaks: NARROWS,
    example: object({}, { required: ['it'], ...one }),
  },
  'property-removed': {
    says: 'an optional property or parameter is gone; what callers send is ignored',
    breaks: { input: ['client'] },
    example: object(one, {}),
  },
  'required-property-removed': {
    says: 'a required property or parameter is gone',
    breaks: { input: ['client', 'server'], output: ['client'], record: ['client'] },
    example: object({ required: ['it'], ...one }, {}),
  },
  'became-required': {
    says: 'an optional property is required now',
    breaks: NARROWS,
    example: object(one, { required: ['it'], ...one }),
  },
  'became-optional': {
    says: 'a required property is optional now',
    breaks: WIDENS,
    example: object({ required: ['it'], ...one }, one),
  },
  'became-nullable': {
    says: 'a property may be null now',
    breaks: WIDENS,
    example: object(one, { nullable: ['it'], ...one }),
  },
  'no-longer-nullable': {
    says: 'a property may no longer be null',
    breaks: NARROWS,
    example: object({ nullable: ['it'], ...one }, one),
  },
  'default-changed': {
    says: 'leaving a property out means something else now',
    breaks: { input: ['client'] },
    example: schema({ ...text, default: 'a' }, { ...text, default: 'b' }),
  },
  'default-removed': {
    says: 'a property has no default any more, so handlers may not find it',
    breaks: { input: ['server'] },
    example: schema({ ...text, default: 'a' }, text),
  },
  'default-added': {
    says: 'a property has a default now',
    breaks: HARMLESS,
    example: schema(text, { ...text, default: 'a' }),
  },

  // Values.
  'type-changed': {
    says: 'a value is of another type',
    breaks: REPLACES,
    example: schema(text, { type: 'integer' }),
  },
  'became-repeatable': {
    says: 'a parameter may be given more than once now',
    breaks: { input: ['server'] },
    example: method(
      params({ properties: { it: text } }),
      params({ properties: { it: { type: 'array', items: text } } }),
    ),
  },
  'values-removed': {
    says: 'fewer values are allowed by "enum" or "const"',
    breaks: NARROWS,
    example: schema({ ...text, enum: ['a', 'b'] }, { ...text, enum: ['a'] }),
  },
  'values-added': {
    says: 'more values are allowed by "enum" or "const"',
    breaks: WIDENS,
    example: schema({ ...text, enum: ['a'] }, { ...text, enum: ['a', 'b'] }),
  },
  'known-values-changed': {
    says: 'other values are known; the set was open before and is now',
    breaks: HARMLESS,
    example: schema({ ...text, knownValues: ['a'] }, { ...text, knownValues: ['b'] }),
  },
  'bound-tightened': {
    says: 'a minimum is higher, a maximum lower, or one is new',
    breaks: NARROWS,
    example: schema({ ...text, maxLength: 20 }, { ...text, maxLength: 10 }),
  },
  'bound-loosened': {
    says: 'a minimum is lower, a maximum higher, or one is gone',
    breaks: LOOSENS,
    example: schema({ ...text, maxLength: 10 }, text),
  },
  'format-tightened': {
    says: 'a string must have a format, or a narrower one',
    breaks: NARROWS,
    example: schema({ ...text, format: 'at-identifier' }, { ...text, format: 'did' }),
  },
  'format-loosened': {
    says: 'a string no longer has to have a format, or only a wider one',
    breaks: LOOSENS,
    example: schema({ ...text, format: 'did' }, text),
  },
  'format-changed': {
    says: 'a string must have another format',
    breaks: REPLACES,
    example: schema({ ...text, format: 'did' }, { ...text, format: 'handle' }),
  },
  'media-type-removed': {
    says: 'a blob may no longer be of a media type',
    breaks: NARROWS,
    example: schema(
      { type: 'blob', accept: ['image/png', 'image/gif'] },
      { type: 'blob', accept: ['image/png'] },
    ),
  },
  'media-type-added': {
    says: 'a blob may be of another media type',
    breaks: LOOSENS,
    example: schema({ type: 'blob', accept: ['image/png'] }, { type: 'blob', accept: ['*/*'] }),
  },

  // Unions.
  'union-closed': {
    says: 'an open union is closed now',
    breaks: NARROWS,
    example: schema({ type: 'union', refs: ['#a'] }, { type: 'union', refs: ['#a'], closed: true }),
  },
  'union-opened': {
    says: 'a closed union is open now',
    breaks: WIDENS,
    example: schema({ type: 'union', refs: ['#a'], closed: true }, { type: 'union', refs: ['#a'] }),
  },
  'closed-member-removed': {
    says: 'a closed union has lost a member',
    breaks: NARROWS,
    example: schema(
      { type: 'union', refs: ['#a', '#b'], closed: true },
      { type: 'union', refs: ['#a'], closed: true },
    ),
  },
  'closed-member-added': {
    says: 'a closed union has a new member',
    breaks: WIDENS,
    example: schema(
      { type: 'union', refs: ['#a'], closed: true },
      { type: 'union', refs: ['#a', '#b'], closed: true },
    ),
  },
  'open-members-changed': {
    says: 'an open union has other members; everyone has to expect members they do not know',
    breaks: HARMLESS,
    example: schema({ type: 'union', refs: ['#a'] }, { type: 'union', refs: ['#a', '#b'] }),
  },
}

/** The parties a change breaks, by the directions in which the affected value flows. */
export function brokenBy(name: ChangeName, directions: Iterable<Direction>): Party[] {
  const { breaks } = CHANGES[name]
  const parties = new Set([...directions].flatMap((direction) => breaks[direction] ?? []))
  return PARTIES.filter((party) => parties.has(party))
}

const PARTIES: readonly Party[] = ['client', 'server', 'records']
export const DIRECTIONS: readonly Direction[] = ['input', 'output', 'record']
