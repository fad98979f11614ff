import { BlobRef, type Lexicons } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'

/** The schemas of `@atproto/lexicon`, typed loosely enough for a walk over all of them. */
interface Schema {
  readonly type: string
  readonly [field: string]: unknown
}

const cid = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'

const FORMATS: Readonly<Record<string, string>> = {
  'at-identifier': 'alice.example.com',
  'at-uri': 'at://did:plc:44ybard66vv44zksje25o7dz/app.bsky.feed.post/3jui7kd54zh2y',
  cid,
  datetime: '2026-01-02T03:04:05.678Z',
  did: 'did:plc:44ybard66vv44zksje25o7dz',
  handle: 'alice.example.com',
  language: 'en-GB',
  nsid: 'com.example.thing',
  'record-key': '3jui7kd54zh2y',
  tid: '3jui7kd54zh2y',
  uri: 'https://example.com/a',
}

/**
 * A value that a schema accepts: all required properties, and optional ones down to a few levels.
 */
export function sampleValue(lexicons: Lexicons, schema: Schema, depth = 0): unknown {
  switch (schema.type) {
    case 'boolean':
      return schema.const ?? true
    case 'integer':
      return schema.const ?? first(schema.enum) ?? schema.minimum ?? schema.maximum ?? 7
    case 'string':
      return sampleString(schema)
    case 'bytes':
      return new Uint8Array(Number(schema.minLength ?? 3))
    case 'cid-link':
      return CID.parse(cid)
    case 'blob':
      return new BlobRef(CID.parse(cid), 'image/png', 3)
    case 'unknown':
      return { some: 'thing' }
    case 'array': {
      const length = Math.max(Number(schema.minLength ?? 0), depth < 4 ? 1 : 0)
      return Array.from({ length }, () => sampleValue(lexicons, schema.items as Schema, depth + 1))
    }
    case 'object':
    case 'params':
      return sampleObject(lexicons, schema, depth)
    case 'ref':
      return sampleValue(lexicons, lexicons.getDefOrThrow(schema.ref as string) as Schema, depth)
    case 'union':
      return sampleVariant(lexicons, schema, depth)
    default:
      throw new Error(`No value is of type ${schema.type}`)
  }
}

function sampleObject(lexicons: Lexicons, schema: Schema, depth: number): object {
  const required = new Set(schema.required as string[] | undefined)
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  const wanted = properties.filter(([name]) => required.has(name) || depth < 3)
  return Object.fromEntries(
    wanted.map(([name, property]) => [name, sampleValue(lexicons, property, depth + 1)]),
  )
}

/** The first variant that is an object; the library accepts no records in nested places. */
function sampleVariant(lexicons: Lexicons, schema: Schema, depth: number): object {
  for (const ref of schema.refs as string[]) {
    const definition = lexicons.getDefOrThrow(ref) as Schema
    if (definition.type === 'object') {
      return { ...sampleObject(lexicons, definition, depth + 1), $type: ref.replace(/^lex:/, '') }
    }
  }
  return { $type: 'com.example.unheardOf' }
}

function sampleString(schema: Schema): unknown {
  const given = schema.const ?? first(schema.enum) ?? first(schema.knownValues)
  if (given !== undefined) return given
  const format = FORMATS[String(schema.format)]
  if (format !== undefined) return format
  const shortest = Math.max(Number(schema.minLength ?? 0), Number(schema.minGraphemes ?? 0))
  return 'x'.repeat(Math.max(1, shortest))
}

function first(values: unknown): unknown {
  return Array.isArray(values) ? values[0] : undefined
}
