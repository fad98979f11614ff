import type { Address, Model, ScalarType, ValueType } from '../ir/model.ts'
import { codeSpan, link } from './markdown.ts'

/** Writes the types of values for readers, with links to the definitions they refer to. */
export class TypeText {
  readonly #known: ReadonlySet<string>

  constructor(model: Model) {
    const own = model.documents.filter((document) => !document.trusted)
    this.#known = new Set(own.map(({ nsid }) => nsid))
  }

  of(type: ValueType): string {
    switch (type.type) {
      case 'array':
        return `array of ${this.of(type.items)}${limits({ ...type })}`
      case 'object':
        return 'object'
      case 'ref':
        return this.#reference(type.target)
      case 'union': {
        const members = type.variants.map((variant) => this.#reference(variant))
        const others = type.closed ? [] : ['others']
        return [...members, ...others].join(' or ')
      }
      case 'token':
        return `token ${codeSpan(type.uri)}`
      default:
        return scalar(type)
    }
  }

  #reference({ nsid, name }: Address): string {
    const uri = name === 'main' ? nsid : `${nsid}#${name}`
    return this.#known.has(nsid) ? link(uri, pageOf(nsid)) : codeSpan(uri)
  }
}

/** The page of a document: one per namespace. */
export function pageOf(nsid: string): string {
  return `${namespaceOf(nsid)}.md`
}

export function namespaceOf(nsid: string): string {
  return nsid.slice(0, nsid.lastIndexOf('.'))
}

function scalar(type: ScalarType): string {
  const fields = type as unknown as Fields
  const format = fields.format === undefined ? '' : ` (${codeSpan(String(fields.format))})`
  return `${type.type}${format}${limits(fields)}`
}

type Fields = { readonly [field: string]: unknown }

const RANGES = [
  ['minimum', 'maximum', ''],
  ['minLength', 'maxLength', ''],
  ['minGraphemes', 'maxGraphemes', ' graphemes'],
] as const

function limits(type: Fields): string {
  const unit = { string: ' bytes', bytes: ' bytes', array: ' items' }[String(type.type)] ?? ''
  const parts = RANGES.flatMap(([low, high, own]) => {
    const [min, max] = [type[low], type[high]]
    const what = low === 'minLength' ? unit : own
    if (min !== undefined && max !== undefined) return [`${min} to ${max}${what}`]
    if (min !== undefined) return [`at least ${min}${what}`]
    return max === undefined ? [] : [`at most ${max}${what}`]
  })
  if (type.maxSize !== undefined) parts.push(`at most ${type.maxSize} bytes`)
  if (type.accept) parts.push((type.accept as string[]).map(codeSpan).join(', '))
  if (type.const !== undefined) parts.push(`always ${value(type.const)}`)
  if (type.enum) parts.push(`one of ${(type.enum as unknown[]).map(value).join(', ')}`)
  if (type.knownValues) {
    parts.push(`such as ${(type.knownValues as unknown[]).map(value).join(', ')}`)
  }
  if (type.default !== undefined) parts.push(`default ${value(type.default)}`)
  return parts.map((part) => `, ${part}`).join('')
}

function value(one: unknown): string {
  return codeSpan(JSON.stringify(one))
}
