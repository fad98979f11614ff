import type { ObjectSchema, ParamsSchema, ScalarSchema, Schema } from '../parse/schema.ts'
import type { ObjectType, PropertyModel, ScalarType, ValueType } from './model.ts'
import { addressOf, lexUri } from './references.ts'

/** Converts a schema of document `nsid` to its type, with references resolved. */
export function valueType(schema: Schema, nsid: string): ValueType {
  switch (schema.type) {
    case 'array':
      return {
        type: 'array',
        items: valueType(schema.items, nsid),
        ...pick(schema, 'minLength', 'maxLength'),
      }
    case 'object':
      return objectType(schema, nsid)
    case 'ref':
      return { type: 'ref', target: addressOf(schema.ref, nsid) }
    case 'union':
      return {
        type: 'union',
        closed: schema.closed === true,
        variants: schema.refs.map((ref) => addressOf(ref, nsid)),
      }
    default:
      return scalarType(schema, nsid)
  }
}

export function objectType(schema: ObjectSchema, nsid: string): ObjectType {
  return { type: 'object', properties: properties(schema, nsid) }
}

export function properties(schema: ObjectSchema | ParamsSchema, nsid: string): PropertyModel[] {
  const required = new Set(absolute(schema.required ?? [], nsid))
  const nullable = new Set(absolute((schema.type === 'object' && schema.nullable) || [], nsid))
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    type: valueType(property, nsid),
    required: required.has(name),
    nullable: nullable.has(name),
    hasDefault: 'default' in property && property.default !== undefined,
    ...describe(property),
  }))
}

export function describe(of: { readonly description?: string }): { readonly description?: string } {
  return of.description ? { description: of.description } : {}
}

function scalarType(schema: ScalarSchema, nsid: string): ScalarType {
  if (schema.type !== 'string') return schema
  return {
    ...schema,
    ...(schema.enum && { enum: absolute(schema.enum, nsid) }),
    ...(schema.knownValues && {
      knownValues: schema.knownValues.map((one) => tokenUri(one, nsid)),
    }),
  }
}

/** A known value that names a token of its document becomes the token's URI, as on the wire. */
function tokenUri(value: string, nsid: string): string {
  return value.startsWith('#') ? `${nsid}${value}` : value
}

/**
 * Loading a document into `Lexicons` rewrites every array entry that starts with `#`, those of `enum` and `required`
 * included, so these are the values compared at run time.
 */
function absolute(values: readonly string[], nsid: string): string[] {
  return values.map((value) => (value.startsWith('#') ? lexUri(value, nsid) : value))
}

function pick<T extends object, K extends keyof T>(from: T, ...keys: K[]): { [P in K]: T[P] } {
  return Object.fromEntries(
    keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]),
  ) as { [P in K]: T[P] }
}
