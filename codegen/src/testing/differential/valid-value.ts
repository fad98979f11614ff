import { BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import type {
  Definition,
  LexiconDocument,
  ObjectSchema,
  ParamsSchema,
  Schema,
  StringSchema,
} from '../../parse/schema.ts'
import type { Random } from './random.ts'
import { FORMATTED, textOf } from './strings.ts'

export const SOME_CID: CID = CID.parse(
  'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a',
)

/** Generates valid values, as far as the rules of a schema allow any. */
export class ValidValues {
  readonly #documents: ReadonlyMap<string, LexiconDocument>
  readonly #random: Random

  constructor(documents: readonly LexiconDocument[], random: Random) {
    this.#documents = new Map(documents.map((document) => [document.id, document]))
    this.#random = random
  }

  /** @param depth levels of structure after which a value is kept minimal */
  of(schema: Schema | ParamsSchema | Definition, nsid: string, depth: number): unknown {
    // A schema that requires itself has no valid value.
    if (depth < -8) return {}
    const random = this.#random
    switch (schema.type) {
      case 'boolean':
        return schema.const ?? random.chance(0.5)
      case 'integer': {
        if (schema.const !== undefined) return schema.const
        if (schema.enum && schema.enum.length > 0) return random.pick(schema.enum)
        const from = schema.minimum ?? (schema.maximum ?? 0) - 3
        const to = schema.maximum ?? from + 3
        return random.pick([from, to, random.integer(from, Math.max(from, to))])
      }
      case 'string':
        return this.#string(schema)
      case 'bytes': {
        const from = schema.minLength ?? Math.min(3, schema.maxLength ?? 3)
        return new Uint8Array(random.pick([from, schema.maxLength ?? from]))
      }
      case 'cid-link':
        return SOME_CID
      case 'blob': {
        const { accept = [], maxSize = 12 } = schema
        const near = ['image/png', 'image/pnx', 'image/jpeg', 'text/plain', 'imagex/png', 'image']
        const type = random.pick([...accept, ...near])
        return new BlobRef(SOME_CID, type, random.pick([maxSize, maxSize + 1, 1]))
      }
      case 'unknown':
        return random.pick([{}, { $type: nsid, a: 1 }, []])
      case 'array': {
        const from = schema.minLength ?? 0
        const most = depth > 0 ? (schema.maxLength ?? from + 2) : from
        const length = random.integer(from, Math.min(most, from + 3))
        return Array.from({ length }, () => this.of(schema.items, nsid, depth - 1))
      }
      case 'params':
      case 'object':
        return this.#object(schema, nsid, depth)
      case 'record':
        return { $type: nsid, ...this.#object(schema.record, nsid, depth) }
      case 'ref': {
        const found = this.#find(schema.ref, nsid)
        return found && this.of(found.definition, found.nsid, depth - 1)
      }
      case 'union': {
        if (schema.refs.length === 0 || (!schema.closed && random.chance(0.15))) {
          return { $type: random.pick(['com.example.elsewhere', 'com.example.elsewhere#x', 'x']) }
        }
        const found = this.#find(random.pick(schema.refs), nsid)
        if (!found) return undefined
        const value = this.of(found.definition, found.nsid, depth - 1)
        const $type = random.chance(0.8) ? found.usual : random.pick(found.spellings)
        return typeof value === 'object' && value !== null
          ? Object.assign(value, { $type })
          : { $type }
      }
      default:
        return {}
    }
  }

  #object(schema: ObjectSchema | ParamsSchema, nsid: string, depth: number): object {
    const value: Record<string, unknown> = {}
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const required = schema.required?.includes(name) === true
      if (!required && (depth <= 0 || this.#random.chance(0.35))) continue
      const nullable = schema.type === 'object' && schema.nullable?.includes(name) === true
      const child = nullable && this.#random.chance(0.3) ? null : this.of(property, nsid, depth - 1)
      // Assigning `__proto__` would set the prototype.
      Object.defineProperty(value, name, {
        value: child,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    return value
  }

  #string(schema: StringSchema): string {
    const random = this.#random
    if (schema.const !== undefined) return schema.const
    if (schema.enum && schema.enum.length > 0) return random.pick(schema.enum)
    const { format = '' } = schema
    const formatted = Object.hasOwn(FORMATTED, format) ? FORMATTED[format] : undefined
    if (formatted && random.chance(0.95))
      return random.chance(0.7) ? (formatted[0] ?? '') : random.pick(formatted)
    if (schema.knownValues?.length && random.chance(0.5)) return random.pick(schema.knownValues)
    const { minLength = 0, maxLength = 1e3, minGraphemes = 0, maxGraphemes = 1e3 } = schema
    const from = Math.max(minGraphemes, minLength)
    const to = Math.min(maxGraphemes, maxLength, from + 8)
    return textOf(
      random.pick([from, to, random.integer(from, Math.max(from, to)), Math.ceil(from / 3)]),
      random,
    )
  }

  #find(ref: string, nsid: string): Found | undefined {
    const [base = '', name = 'main'] = ref.replace(/^lex:/, '').split('#')
    const home = base === '' ? nsid : base
    const defs = this.#documents.get(home)?.defs
    if (!defs || !Object.hasOwn(defs, name)) return undefined
    const usual = name === 'main' ? home : `${home}#${name}`
    const spellings = [usual, `lex:${usual}`]
    if (name === 'main') spellings.push(`${home}#main`, `lex:${home}#main`)
    return { definition: defs[name] as Definition, nsid: home, usual, spellings }
  }
}

interface Found {
  readonly definition: Definition
  readonly nsid: string
  /** The normal spelling of `$type`, and all spellings. */
  readonly usual: string
  readonly spellings: readonly string[]
}
