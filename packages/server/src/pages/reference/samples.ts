import type { Documents, Schema } from './documents.ts'

/** Values for properties whose name says more than their type. */
export type Samples = Readonly<Record<string, string>>

const BY_NAME: Samples = {
  cursor: '',
  did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
  email: 'alice@example.com',
  handle: 'alice.test',
  password: 'correct horse battery staple',
}

const BY_FORMAT: Samples = {
  'at-identifier': 'alice.test',
  'at-uri': 'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.example.thing/self',
  cid: 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a',
  datetime: '2026-01-02T03:04:05.678Z',
  did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
  handle: 'alice.test',
  language: 'en',
  nsid: 'com.example.thing',
  'record-key': 'self',
  tid: '3jzfcijpj2z2a',
  uri: 'https://example.com/',
}

/** The example of a text that may be any. */
export const ANY_TEXT = 'text'

const MAX_DEPTH = 6

/** Makes examples: what is required, as small as it may be. */
export class SampleValues {
  readonly #documents: Documents
  readonly #byName: Samples

  constructor(documents: Documents, byName: Samples = {}) {
    this.#documents = documents
    this.#byName = { ...BY_NAME, ...byName }
  }

  of(schema: Schema, nsid: string, name = '', depth = 0): unknown {
    const fixed = schema.const ?? schema.default ?? schema.enum?.[0] ?? schema.knownValues?.[0]
    if (fixed !== undefined) return fixed
    switch (schema.type) {
      case 'boolean':
        return true
      case 'integer':
        return schema.minimum ?? Math.min(1, schema.maximum ?? 1)
      case 'string':
        return lookUp(this.#byName, name) ?? lookUp(BY_FORMAT, schema.format ?? '') ?? ANY_TEXT
      case 'bytes':
        return { $bytes: 'AAAA' }
      case 'cid-link':
        return { $link: BY_FORMAT.cid }
      case 'blob':
        return {
          $type: 'blob',
          ref: { $link: BY_FORMAT.cid },
          mimeType: schema.accept?.[0]?.replace('*', 'png') ?? 'image/png',
          size: 1,
        }
      case 'array':
        return this.#array(schema, nsid, depth)
      case 'object':
      case 'params':
        return this.#object(schema, nsid, depth)
      case 'record':
        return { $type: nsid, ...this.#object(schema.record ?? schema, nsid, depth) }
      case 'ref': {
        const found = this.#documents.find(schema.ref ?? '', nsid)
        if (found === undefined || depth > MAX_DEPTH) return {}
        return found.schema.type === 'token'
          ? found.uri
          : this.of(found.schema, found.nsid, name, depth + 1)
      }
      case 'union': {
        const found = this.#documents.find(schema.refs?.[0] ?? '', nsid)
        if (found === undefined || depth > MAX_DEPTH) return { $type: 'com.example.thing' }
        return { $type: found.uri, ...this.#object(found.schema, found.nsid, depth + 1) }
      }
      default:
        return {}
    }
  }

  #array({ items, minLength = 0 }: Schema, nsid: string, depth: number): readonly unknown[] {
    if (items === undefined || depth > MAX_DEPTH) return []
    return Array.from({ length: Math.min(Math.max(minLength, 1), 3) }, () =>
      this.of(items, nsid, '', depth + 1),
    )
  }

  #object({ properties = {}, required = [] }: Schema, nsid: string, depth: number): object {
    const needed = Object.entries(properties).filter(([name]) => required.includes(name))
    return Object.fromEntries(
      needed.map(([name, property]) => [name, this.of(property, nsid, name, depth + 1)]),
    )
  }
}

function lookUp(table: Samples, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
