import { lexUri } from '../ir/references.ts'
import type { BooleanSchema, BytesSchema, IntegerSchema, StringSchema } from '../parse/schema.ts'
import { given, type Json, paragraphs } from './json.ts'
import { base64Bounds, codePointBounds, formatOf, lengthText } from './limits.ts'

/** A schema that matches nothing. */
export const NOTHING: Json = { not: {} }

export function integer(schema: IntegerSchema): Json {
  return {
    type: 'integer',
    ...described(schema),
    ...fixed(schema),
    ...oneOf(schema.enum),
    ...given({ minimum: schema.minimum, maximum: schema.maximum }),
  }
}

export function string(schema: StringSchema, nsid: string): Json {
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

export function bytes(schema: BytesSchema): Json {
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

export function described(
  { description }: { readonly description?: string | undefined },
  more?: string,
): Json {
  return given({ description: paragraphs(description, more) })
}

export function fixed(schema: BooleanSchema | IntegerSchema | StringSchema): Json {
  return given({ const: schema.const, default: schema.default })
}

function oneOf(values: readonly unknown[] | undefined): Json {
  if (values === undefined) return {}
  return values.length === 0 ? NOTHING : { enum: [...new Set(values)] }
}

export function extension(fields: Json): Json {
  const known = given(fields)
  return Object.keys(known).length === 0 ? {} : { 'x-lexicon': known }
}

/** Lists in a document may refer to its definitions by `#name`; values are compared by full name. */
export function absolute(values: readonly string[], nsid: string): readonly string[] {
  return values.map((value) => (value.startsWith('#') ? lexUri(value, nsid) : value))
}
