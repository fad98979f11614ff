import { KNOWN_FORMATS, violation } from './constraints.ts'
import type { Json, Place, Rule } from './finding.ts'

/** Rules about the values of booleans, integers, strings, bytes, blobs and arrays. */
export const VALUE_RULES: readonly Rule[] = [
  {
    name: 'closed-enum',
    finds: 'An "enum" closes the set of values.',
    help: 'Use "knownValues": adding a value to an enum breaks everyone with the old one.',
    schema({ schema, path }, tell) {
      if (hasItems(schema.enum) && schema.knownValues === undefined) {
        tell([...path, 'enum'], 'No value can ever be added.')
      }
    },
    example: { type: 'object', properties: { size: { type: 'string', enum: ['s', 'm'] } } },
  },
  {
    name: 'enum-and-known-values',
    finds: 'A string has "enum" and "knownValues".',
    help: 'Keep one of them; the enum decides, and the known values have no effect.',
    schema({ schema, path }, tell) {
      if (schema.enum !== undefined && schema.knownValues !== undefined) {
        tell([...path, 'knownValues'], 'The "enum" already determines what is allowed.')
      }
    },
    example: {
      type: 'object',
      properties: { size: { type: 'string', enum: ['s'], knownValues: ['s', 'm'] } },
    },
  },
  {
    name: 'impossible-constraint',
    severity: 'error',
    finds: 'Constraints exclude each other, so no value is valid.',
    help: 'Correct the bounds.',
    schema({ schema, path }, tell) {
      for (const [low, high] of BOUNDS) {
        const [min, max] = [schema[low], schema[high]]
        if (typeof min === 'number' && typeof max === 'number' && min > max) {
          tell([...path, low], `"${low}" is more than "${high}".`)
        }
      }
      if (Array.isArray(schema.enum) && schema.enum.length === 0) {
        tell([...path, 'enum'], 'An empty "enum" allows nothing.')
      }
      if (schema.const !== undefined) {
        const reason = violation(schema, schema.const, ['const'])
        if (reason) tell([...path, 'const'], `The constant ${reason}.`)
      }
    },
    example: {
      type: 'object',
      properties: { count: { type: 'integer', minimum: 10, maximum: 1 } },
    },
  },
  {
    name: 'invalid-default',
    severity: 'error',
    finds: 'A default violates its own constraints.',
    help: 'Correct the default: it is filled in without validation.',
    schema({ schema, path }, tell) {
      if (schema.default === undefined) return
      const reason = violation(schema, schema.default)
      if (reason) tell([...path, 'default'], `The default ${reason}.`)
    },
    example: {
      type: 'object',
      properties: { count: { type: 'integer', maximum: 10, default: 50 } },
    },
  },
  {
    name: 'ineffective-default',
    finds:
      'A default is where none is ever filled in: in an array, on a structure, or in a definition.',
    help: 'Move it to the boolean, integer or string property itself, or describe what an absent value means.',
    schema({ schema, path, as }, tell) {
      if (schema.default === undefined) return
      const why = ineffective(schema, as)
      if (why) tell([...path, 'default'], why)
    },
    example: {
      type: 'object',
      properties: {
        tags: { type: 'array', items: { type: 'string', maxLength: 9, default: 'none' } },
      },
    },
  },
  {
    name: 'required-default',
    finds: 'A required property has a default.',
    help: 'Remove it from "required", or remove the default: callers cannot tell which one is meant.',
    schema({ schema, path, as, required }, tell) {
      const counts = as === 'property' || as === 'parameter'
      if (counts && required && schema.default !== undefined && !ineffective(schema, as)) {
        tell([...path, 'default'], 'It is required and has a default.')
      }
    },
    example: {
      type: 'object',
      required: ['count'],
      properties: { count: { type: 'integer', default: 1 } },
    },
  },
  {
    name: 'unknown-format',
    finds: 'A string has an unknown format, which is not checked.',
    help: `Use one of: ${KNOWN_FORMATS.join(', ')}.`,
    schema({ schema, path }, tell) {
      if (schema.type !== 'string' || typeof schema.format !== 'string') return
      if (KNOWN_FORMATS.includes(schema.format)) return
      tell([...path, 'format'], `There is no format ${JSON.stringify(schema.format)}.`)
    },
    example: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } },
  },
  {
    name: 'graphemes-without-length',
    finds: 'A string has "maxGraphemes" without "maxLength", or with a smaller one.',
    help: 'Add a "maxLength" in bytes, about ten times as much: one grapheme can have any number of bytes.',
    schema({ schema, path }, tell) {
      const { maxGraphemes, maxLength } = schema
      if (typeof maxGraphemes !== 'number') return
      if (typeof maxLength !== 'number') {
        tell([...path, 'maxGraphemes'], 'The bytes of this string are not bounded.')
      } else if (maxLength < maxGraphemes) {
        tell([...path, 'maxLength'], 'A string is too long in bytes before "maxGraphemes" counts.')
      }
    },
    example: { type: 'object', properties: { text: { type: 'string', maxGraphemes: 300 } } },
  },
  {
    name: 'unbounded-string',
    finds: 'A string has neither a format nor a maximum length.',
    help: 'Add "maxLength" in bytes, and "maxGraphemes" for text that people write.',
    schema({ schema, path }, tell) {
      const bounds = ['format', 'maxLength', 'maxGraphemes', 'enum', 'const']
      if (schema.type !== 'string' || bounds.some((bound) => schema[bound] !== undefined)) return
      tell([...path, 'type'], 'This string may have any length.')
    },
    example: { type: 'object', properties: { text: { type: 'string' } } },
  },
  {
    name: 'unbounded-bytes',
    finds: 'Bytes have no maximum length.',
    help: 'Add "maxLength".',
    schema({ schema, path }, tell) {
      if (schema.type !== 'bytes' || schema.maxLength !== undefined) return
      tell([...path, 'type'], 'These bytes may have any length.')
    },
    example: { type: 'object', properties: { key: { type: 'bytes' } } },
  },
  {
    name: 'large-value',
    finds: 'A string or bytes may be longer than 20 KiB.',
    help: 'Use a blob for values that large.',
    schema({ schema, path }, tell) {
      const counts = schema.type === 'string' || schema.type === 'bytes'
      if (counts && Number(schema.maxLength ?? 0) > LARGE) {
        tell([...path, 'maxLength'], `This is more than ${LARGE}.`)
      }
    },
    example: { type: 'object', properties: { text: { type: 'string', maxLength: 100_000 } } },
  },
  {
    name: 'local-known-value',
    finds: 'A known value looks like a reference into the document.',
    help: 'Write the full name of the token, "com.example.defs#open": values are compared literally.',
    schema({ schema, path }, tell) {
      if (!Array.isArray(schema.knownValues)) return
      schema.knownValues.forEach((value, index) => {
        if (!String(value).startsWith('#')) return
        tell(
          [...path, 'knownValues', index],
          `${JSON.stringify(value)} is not the name of a token.`,
        )
      })
    },
    example: {
      type: 'object',
      properties: { state: { type: 'string', maxLength: 64, knownValues: ['#open'] } },
    },
  },
  {
    name: 'unbounded-blob',
    finds: 'A blob has no "maxSize" or no "accept".',
    help: 'Add "maxSize" in bytes and "accept" with media types.',
    schema({ schema, path }, tell) {
      if (schema.type !== 'blob') return
      const missing = ['maxSize', 'accept'].filter((field) => schema[field] === undefined)
      if (missing.length > 0)
        tell([...path, 'type'], `This blob has no ${missing.join(' and no ')}.`)
    },
    example: { type: 'object', properties: { image: { type: 'blob', accept: ['image/*'] } } },
  },
]

/** In bytes. */
const LARGE = 20 * 1024

const BOUNDS = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minGraphemes', 'maxGraphemes'],
] as const

function ineffective(
  schema: Json & { readonly type: string },
  as: Place['as'],
): string | undefined {
  if (!['boolean', 'integer', 'string'].includes(schema.type)) {
    return `A ${schema.type} has no default.`
  }
  if (as === 'item') return 'Defaults are not filled in inside an array.'
  if (as === 'definition') return 'Only required references to this definition get its default.'
  return undefined
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}
