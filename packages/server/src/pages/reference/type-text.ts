import { type Html, html } from '@lexwright/account'
import { type Documents, type Schema, uriOf } from './documents.ts'

/** An id for a name, the same wherever it is linked to. */
export function anchorOf(name: string): string {
  return name.replace('#', '-').replace(/[^A-Za-z0-9.-]/g, '_')
}

/** Writes the types of values for people, with links to what they refer to. */
export class TypeText {
  readonly #documents: Documents

  constructor(documents: Documents) {
    this.#documents = documents
  }

  /** `array of string`, with what it may hold after it. */
  of(schema: Schema, nsid: string): Html {
    const limits = limitsOf(schema)
    return html`<span class="type">${this.#name(schema, nsid)}</span>${limits.map(
      (limit) => html` <span class="limit">${limit}</span>`,
    )}`
  }

  #name(schema: Schema, nsid: string): Html {
    switch (schema.type) {
      case 'array': {
        const { items } = schema
        return items === undefined ? html`array` : html`array of ${this.of(items, nsid)}`
      }
      case 'ref':
        return this.#link(schema.ref ?? '', nsid)
      case 'union': {
        const members = (schema.refs ?? []).map((ref) => this.#link(ref, nsid))
        const all = schema.closed === true ? members : [...members, html`any other object`]
        return html`${joined(all, html` or `)}`
      }
      default:
        return schema.format === undefined
          ? html`${schema.type}`
          : html`${schema.type} (${schema.format})`
    }
  }

  #link(ref: string, from: string): Html {
    const uri = uriOf(ref, from)
    return this.#documents.find(ref, from) === undefined
      ? html`<code>${uri}</code>`
      : html`<a href="#${anchorOf(uri)}"><code>${uri}</code></a>`
  }
}

/** What may be in a value, in a few words each. */
export function limitsOf(schema: Schema): readonly Html[] {
  const unit = { string: ' bytes', bytes: ' bytes', array: ' items' }[schema.type] ?? ''
  const ranges = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, unit),
    range(schema.minGraphemes, schema.maxGraphemes, ' graphemes'),
    range(undefined, schema.maxSize, ' bytes'),
  ].flatMap((text) => (text === undefined ? [] : [html`${text}`]))
  return [
    ...ranges,
    ...words('', schema.accept),
    ...words('always ', schema.const === undefined ? undefined : [schema.const]),
    ...words('one of ', schema.enum),
    ...words('such as ', schema.knownValues),
    ...words('default ', schema.default === undefined ? undefined : [schema.default]),
  ]
}

function range(min: number | undefined, max: number | undefined, unit: string): string | undefined {
  if (min !== undefined && max !== undefined) return `${min} to ${max}${unit}`
  if (min !== undefined) return `at least ${min}${unit}`
  return max === undefined ? undefined : `at most ${max}${unit}`
}

function words(before: string, values: readonly unknown[] | undefined): readonly Html[] {
  if (values === undefined || values.length === 0) return []
  const shown = values.map((value) => html`<code>${text(value)}</code>`)
  return [html`${before}${joined(shown, html`, `)}`]
}

/** A value as people would type it. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Pieces with something between them; a list by itself is put on lines of its own. */
function joined(pieces: readonly Html[], between: Html): Html {
  return pieces.reduce(
    (all, piece, index) => (index === 0 ? piece : html`${all}${between}${piece}`),
    html``,
  )
}
