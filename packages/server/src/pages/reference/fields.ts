import { type Html, html } from '@lexwright/account'
import type { Documents, Placed, Schema } from './documents.ts'
import { ANY_TEXT, type SampleValues } from './samples.ts'
import { text } from './type-text.ts'

/** An input for one value of a call. */
export interface Field {
  /** The names that lead to the value. */
  readonly path: readonly string[]
  readonly schema: Schema
  readonly isRequired: boolean
  readonly example: unknown
}

/** Deeper structures are entered as JSON. */
const MAX_DEPTH = 3

/** The fields for an object; none for what is no object. */
export function fieldsOf(
  { schema, nsid }: Placed,
  options: { readonly documents: Documents; readonly samples: SampleValues },
  path: readonly string[] = [],
): readonly Field[] {
  const target = resolve({ schema, nsid }, options.documents)
  const { properties, required } = target.schema
  if (target.schema.type !== 'object' && target.schema.type !== 'params') return []
  return Object.entries(properties ?? {}).flatMap(([name, property]): readonly Field[] => {
    const inner = resolve({ schema: property, nsid: target.nsid }, options.documents)
    const below = [...path, name]
    const isRequired = required?.includes(name) === true
    const nested = inner.schema.type === 'object' && below.length < MAX_DEPTH
    const fields = nested ? fieldsOf(inner, options, below) : []
    if (fields.length > 0) return fields
    const example = options.samples.of(inner.schema, inner.nsid, name)
    // What a reference says of itself is nearer to the place than what its target says.
    const description = property.description ?? inner.schema.description
    const described = { ...inner.schema, ...(description !== undefined && { description }) }
    return [{ path: below, schema: described, isRequired, example }]
  })
}

function resolve(placed: Placed, documents: Documents): Placed {
  const { schema, nsid } = placed
  return schema.type === 'ref' ? (documents.find(schema.ref ?? '', nsid) ?? placed) : placed
}

export function renderField(
  { path, schema, isRequired, example }: Field,
  { id, part }: { readonly id: string; readonly part: 'query' | 'body' },
): Html {
  const kind = kindOf(schema)
  const hint = hintOf(schema, kind)
  const values: Readonly<Record<string, string>> = {
    id,
    'data-in': part,
    'data-path': JSON.stringify(path),
    'data-kind': kind,
    ...(kind === 'list' && { 'data-items': schema.items?.type ?? 'string' }),
    ...(hint !== '' && { 'aria-describedby': `${id}-hint` }),
    ...(isRequired && { 'aria-required': 'true' }),
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  }
  return html`<div class="field">
<label for="${id}">${path.join('.')}${isRequired ? html` <span class="tag">required</span>` : ''}</label>
${hint === '' ? '' : html`<span class="hint" id="${id}-hint">${hint}</span>`}
${control(kind, schema, { values, id, example, name: path.at(-1) ?? '' })}
</div>`
}

type Kind = 'string' | 'integer' | 'boolean' | 'choice' | 'list' | 'json'

function kindOf(schema: Schema): Kind {
  switch (schema.type) {
    case 'string':
      return schema.enum === undefined ? 'string' : 'choice'
    case 'integer':
    case 'boolean':
      return schema.type
    case 'array':
      return schema.items?.type === 'string' || schema.items?.type === 'integer' ? 'list' : 'json'
    default:
      return 'json'
  }
}

function hintOf({ description = '' }: Schema, kind: Kind): string {
  const how = kind === 'list' ? 'One per line.' : kind === 'json' ? 'As JSON.' : ''
  return [description, how].filter((sentence) => sentence !== '').join(' ')
}

interface ControlOptions {
  readonly values: Readonly<Record<string, string>>
  readonly id: string
  readonly example: unknown
  readonly name: string
}

function control(kind: Kind, schema: Schema, { values, id, example, name }: ControlOptions): Html {
  switch (kind) {
    case 'integer':
      return html`<input${attributes({ ...values, inputmode: 'numeric', placeholder: text(example) })}>`
    case 'boolean':
      return choice(values, ['true', 'false'])
    case 'choice':
      return choice(values, (schema.enum ?? []).map(text))
    case 'list':
      return html`<textarea${attributes({ ...values, rows: '3' })}></textarea>`
    case 'json':
      return html`<textarea${attributes({ ...values, rows: '4', placeholder: JSON.stringify(example) })}></textarea>`
    case 'string': {
      const { knownValues = [] } = schema
      const list = `${id}-known`
      const more = {
        ...(example !== ANY_TEXT && { placeholder: text(example) }),
        ...(knownValues.length > 0 && { list }),
        // Not of the type "password": nothing is meant to be remembered for the next visit.
        ...(/password/i.test(name) && { class: 'veiled' }),
      }
      const options = knownValues.map((value) => html`<option value="${value}"></option>`)
      return html`<input${attributes({ ...values, ...more })}>${
        options.length === 0 ? '' : html`<datalist id="${list}">${options}</datalist>`
      }`
    }
  }
}

function choice(values: Readonly<Record<string, string>>, options: readonly string[]): Html {
  return html`<select${attributes(values)}>
<option value="">not sent</option>
${options.map((option) => html`<option value="${option}">${option}</option>`)}
</select>`
}

/** Attributes of an element; the names are ours. */
function attributes(values: Readonly<Record<string, string>>): Html {
  return Object.entries(values).reduce(
    (all, [name, value]) => html`${all} ${name}="${value}"`,
    html``,
  )
}
