import type { BlobSchema, BytesSchema, StringSchema } from '../parse/schema.ts'
import { given, type Json } from './json.ts'

/** Formats that exist in JSON Schema under another name. */
const JSON_SCHEMA_FORMATS: Readonly<Record<string, string>> = { datetime: 'date-time' }

export function formatOf(format: string | undefined): string | undefined {
  if (format === undefined) return undefined
  return Object.hasOwn(JSON_SCHEMA_FORMATS, format) ? JSON_SCHEMA_FORMATS[format] : format
}

/**
 * JSON Schema counts code points, the Lexicon language counts UTF-8 bytes and graphemes. A code point has one to four
 * bytes, and a grapheme at least one code point: these bounds accept everything that is allowed. The exact bounds are
 * in `x-lexicon` and in the description.
 */
export function codePointBounds({
  minLength = 0,
  maxLength,
  minGraphemes = 0,
}: StringSchema): Json {
  const atLeast = Math.max(Math.ceil(minLength / 4), minGraphemes)
  return given({ minLength: atLeast > 0 ? atLeast : undefined, maxLength })
}

/** Bounds on bytes as bounds on their base64, padded or not. */
export function base64Bounds({ minLength = 0, maxLength }: BytesSchema): Json {
  return given({
    minLength: minLength > 0 ? Math.ceil((minLength * 4) / 3) : undefined,
    maxLength: maxLength === undefined ? undefined : Math.ceil(maxLength / 3) * 4,
  })
}

export function lengthText({
  type,
  minLength,
  maxLength,
  ...rest
}: StringSchema | BytesSchema): string | undefined {
  const { minGraphemes, maxGraphemes } = rest as Partial<StringSchema>
  return sentence([
    range(minLength, maxLength, type === 'string' ? 'bytes in UTF-8' : 'bytes'),
    range(minGraphemes, maxGraphemes, 'graphemes'),
  ])
}

export function blobText({ accept, maxSize }: BlobSchema): string | undefined {
  return sentence([accept?.join(' or '), range(undefined, maxSize, 'bytes')])
}

function range(min: number | undefined, max: number | undefined, unit: string): string | undefined {
  if (min !== undefined && max !== undefined) return `${min} to ${max} ${unit}`
  if (min !== undefined) return `at least ${min} ${unit}`
  return max === undefined ? undefined : `at most ${max} ${unit}`
}

function sentence(parts: readonly (string | undefined)[]): string | undefined {
  const text = parts.filter((part) => part !== undefined && part !== '').join(', ')
  return text === '' ? undefined : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
