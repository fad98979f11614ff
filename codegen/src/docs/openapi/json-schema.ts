import type { Address } from '../../ir/model.ts'
import { addressOf, lexUri } from '../../ir/resolve.ts'
import type {
  ArraySchema,
  BooleanSchema,
  Definition,
  IntegerSchema,
  ObjectSchema,
  RecordDefinition,
  Schema,
  StringSchema,
  UnionSchema,
} from '../../parse/schema.ts'
import type { ComponentNames } from './component-names.ts'
import { given, type Json, paragraphs } from './json.ts'
import { base64Bounds, blobText, codePointBounds, formatOf, lengthText } from './limits.ts'
import { refTo } from './shared-components.ts'

export interface Definitions {
  /** Undefined for what is described elsewhere. */
  find(address: Address): Definition | undefined
  readonly names: ComponentNames
}

/** Which values are none: nothing fits. */
const NOTHING: Json = { not: {} }

/**
 * Schemas of the Lexicon language → JSON Schema (2020-12), in a way that never refuses a value in JSON which
 * `@atproto/lexicon` accepts. What JSON Schema cannot say is kept in `x-lexicon`.
 */
export class SchemaWriter {
  readonly #definitions: Definitions

  constructor(definitions: Definitions) {
    this.#definitions = definitions
  }

  //= { "type": "string", "maxLength": 640, "description": "…", "x-lexicon": { "maxLength": 640 } }
  of(schema: Schema, nsid: string): Json {
    switch (schema.type) {
      case 'boolean':
        return { type: 'boolean', ...described(schema), ...fixed(schema) }
      case 'integer':
        return integer(schema)
      case 'string':
        return string(schema, nsid)
      case 'bytes':
        return bytes(schema)
      case 'cid-link':
        return { ...refTo('cid-link'), ...described(schema) }
      case 'blob':
        return {
          ...refTo('blob'),
          ...described(schema, blobText(schema)),
          ...extension({ accept: schema.accept, maxSize: schema.maxSize }),
        }
      case 'unknown':
        return { ...refTo('unknown'), ...described(schema) }
      case 'array':
        return this.#array(schema, nsid)
      case 'object':
        return this.#object(schema, nsid)
      case 'ref':
        return { ...this.#ref(addressOf(schema.ref, nsid)), ...described(schema) }
      case 'union':
        return this.#union(schema, nsid)
    }
  }

  /** The component of a definition; undefined for what describes no data. */
  definition(definition: Definition, { nsid, name }: Address): Json | undefined {
    switch (definition.type) {
      case 'query':
      case 'procedure':
      case 'subscription':
      case 'permission-set':
        return undefined
      case 'token':
        return { type: 'string', ...described(definition), const: `${nsid}#${name}` }
      case 'record':
        return this.#record(definition, nsid)
      default:
        return this.of(definition, nsid)
    }
  }

  /** Whether a property that is left out gets a value all the same. */
  isFilledIn(schema: Schema, nsid: string): boolean {
    const filled =
      schema.type === 'ref' ? this.#definitions.find(addressOf(schema.ref, nsid)) : schema
    switch (filled?.type) {
      case 'boolean':
      case 'integer':
      case 'string':
        return filled.default !== undefined
      default:
        return false
    }
  }

  #array(schema: ArraySchema, nsid: string): Json {
    return {
      type: 'array',
      ...described(schema),
      items: this.of(schema.items, nsid),
      ...given({ minItems: schema.minLength, maxItems: schema.maxLength }),
    }
  }

  #object(schema: ObjectSchema, nsid: string, more: Json = {}): Json {
    const required = new Set(absolute(schema.required ?? [], nsid))
    const nullable = new Set(absolute(schema.nullable ?? [], nsid))
    const entries = Object.entries(schema.properties ?? {})
    const needed = entries
      .filter(([name, property]) => required.has(name) && !this.isFilledIn(property, nsid))
      .map(([name]) => name)
    const properties = entries.map(([name, property]) => {
      const written = this.of(property, nsid)
      return [name, nullable.has(name) ? orNull(written) : written] as const
    })
    const all = [...new Set([...Object.keys(more), ...needed])]
    return {
      type: 'object',
      ...described(schema),
      ...(all.length > 0 && { required: all }),
      properties: { ...Object.fromEntries(properties), ...more },
    }
  }

  //= { "type": "object", "required": ["$type", …], "properties": { …, "$type": { "const": "com.example.post" } } }
  #record({ description, key, record }: RecordDefinition, nsid: string): Json {
    return {
      ...this.#object(record, nsid, { $type: { const: nsid } }),
      ...described({ description: paragraphs(description, record.description) }),
      ...extension({ type: 'record', key }),
    }
  }

  /** A reference to what describes no value leads nowhere, and says so. */
  #ref(address: Address): Json {
    const name = this.#definitions.names.of(address)
    return name === undefined
      ? { description: `Refers to ${uriOf(address)}, which describes no data.` }
      : refTo(name)
  }

  //= { "anyOf": [{ "allOf": [{ "$ref": … }, { …, "properties": { "$type": { "const": "com.example#a" } } }] }, …] }
  #union(schema: UnionSchema, nsid: string): Json {
    const members = new Map(schema.refs.map((ref) => [uriOf(addressOf(ref, nsid)), ref]))
    const variants = [...members].map(([uri, ref]) => this.#variant(uri, addressOf(ref, nsid)))
    const others = typed({
      type: 'string',
      ...(members.size > 0 && { not: { enum: [...members.keys()] } }),
    })
    const open = schema.closed === true ? [] : [{ ...others, description: OTHERS }]
    const anyOf = [...variants, ...open]
    return {
      ...described(schema),
      ...(anyOf.length > 0 ? { anyOf } : NOTHING),
      ...extension({ type: 'union', closed: schema.closed === true }),
    }
  }

  #variant(uri: string, address: Address): Json {
    switch (this.#definitions.find(address)?.type) {
      case 'object':
        return { allOf: [this.#ref(address), typed({ const: uri })] }
      case 'record':
        return this.#ref(address)
      default:
        return typed({ const: uri })
    }
  }
}

const OTHERS = 'Any other object that names its type: the union is open.'

function typed($type: Json): Json {
  return { type: 'object', required: ['$type'], properties: { $type } }
}

/** What `$type` says of a definition. */
function uriOf({ nsid, name }: Address): string {
  return name === 'main' ? nsid : `${nsid}#${name}`
}

function orNull(schema: Json): Json {
  return { anyOf: [schema, { type: 'null' }] }
}

function integer(schema: IntegerSchema): Json {
  return {
    type: 'integer',
    ...described(schema),
    ...fixed(schema),
    ...oneOf(schema.enum),
    ...given({ minimum: schema.minimum, maximum: schema.maximum }),
  }
}

function string(schema: StringSchema, nsid: string): Json {
  const { minLength, maxLength, minGraphemes, maxGraphemes } = schema
  const knownValues = schema.knownValues && absolute(schema.knownValues, nsid)
  const format = formatOf(schema.format)
  return {
    type: 'string',
    ...described(schema, lengthText(schema)),
    ...given({ format, examples: knownValues }),
    ...fixed(schema),
    ...oneOf(schema.enum && absolute(schema.enum, nsid)),
    ...codePointBounds(schema),
    ...extension({
      ...(format !== schema.format && { format: schema.format }),
      knownValues,
      minLength,
      maxLength,
      minGraphemes,
      maxGraphemes,
    }),
  }
}

function bytes(schema: Extract<Schema, { type: 'bytes' }>): Json {
  const { minLength, maxLength } = schema
  const text = { type: 'string', contentEncoding: 'base64', ...base64Bounds(schema) }
  return {
    type: 'object',
    ...described(schema, lengthText(schema)),
    required: ['$bytes'],
    properties: { $bytes: text },
    ...extension({ type: 'bytes', minLength, maxLength }),
  }
}

function described(
  { description }: { readonly description?: string | undefined },
  more?: string,
): Json {
  return given({ description: paragraphs(description, more) })
}

function fixed(schema: BooleanSchema | IntegerSchema | StringSchema): Json {
  return given({ const: schema.const, default: schema.default })
}

function oneOf(values: readonly unknown[] | undefined): Json {
  if (values === undefined) return {}
  return values.length === 0 ? NOTHING : { enum: [...new Set(values)] }
}

function extension(fields: Json): Json {
  const known = given(fields)
  return Object.keys(known).length === 0 ? {} : { 'x-lexicon': known }
}

/** Lists of a document may name its own definitions by `#name`; what is compared is the whole name. */
function absolute(values: readonly string[], nsid: string): readonly string[] {
  return values.map((value) => (value.startsWith('#') ? lexUri(value, nsid) : value))
}
