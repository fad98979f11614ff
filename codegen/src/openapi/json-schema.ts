import type { Address } from '../ir/model.ts'
import { addressOf } from '../ir/references.ts'
import type {
  ArraySchema,
  Definition,
  ObjectSchema,
  RecordDefinition,
  Schema,
  UnionSchema,
} from '../parse/schema.ts'
import type { ComponentNames } from './component-names.ts'
import { given, type Json, paragraphs } from './json.ts'
import { blobText } from './limits.ts'
import {
  absolute,
  bytes,
  described,
  extension,
  fixed,
  integer,
  NOTHING,
  string,
} from './scalars.ts'
import { refTo } from './shared-components.ts'

export interface Definitions {
  /** Undefined for a definition described elsewhere. */
  find(address: Address): Definition | undefined
  readonly names: ComponentNames
}

/**
 * Converts Lexicon schemas to JSON Schema (2020-12) that never refuses a JSON value accepted by
 * `@atproto/lexicon`. Whatever JSON Schema cannot express is kept in `x-lexicon`.
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

  /** The component of a definition; undefined if it describes no data. */
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

  /** True if an omitted property is filled in. */
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
    // `$type` is reserved; if a record declares it anyway, the declaration applies.
    const declared = Object.hasOwn(record.properties ?? {}, '$type')
    return {
      ...this.#object(record, nsid, declared ? {} : { $type: { const: nsid } }),
      ...described({ description: paragraphs(description, record.description) }),
      ...extension({ type: 'record', key }),
    }
  }

  /**
   * A reference to a definition without values becomes an unconstrained schema with a description.
   */
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

const OTHERS = 'Any other object with a "$type": the union is open.'

function typed($type: Json): Json {
  return { type: 'object', required: ['$type'], properties: { $type } }
}

/** The `$type` of a definition. */
function uriOf({ nsid, name }: Address): string {
  return name === 'main' ? nsid : `${nsid}#${name}`
}

function orNull(schema: Json): Json {
  return { anyOf: [schema, { type: 'null' }] }
}
