import { type Html, html } from '@lexwright/account'
import type { Schema } from './documents.ts'
import type { TypeText } from './type-text.ts'

/** A row for each property; those of an object inside follow it under a dotted name. */
export function memberTable(
  {
    schema,
    nsid,
    types,
  }: { readonly schema: Schema; readonly nsid: string; readonly types: TypeText },
  label: string,
): Html {
  const rows = membersOf(schema, '').map(
    ({ name, property, isRequired, isNullable }) => html`<tr>
<th scope="row"><code>${name}</code>${isRequired ? html` <span class="tag">required</span>` : ''}</th>
<td>${types.of(property, nsid)}${isNullable ? ' or null' : ''}${about(property.description)}</td>
</tr>`,
  )
  if (rows.length === 0) return html`<p>An object without properties of its own.</p>`
  return table(label, ['Name', 'What it is'], rows)
}

/** Errors and when they are given. */
export function errorTable(
  errors: readonly {
    readonly name: string
    readonly status?: number
    readonly description?: string
  }[],
  label: string,
): Html {
  const rows = errors.map(
    ({ name, status, description }) => html`<tr>
<th scope="row"><code>${name}</code>${status === undefined ? '' : html` <span class="tag">${String(status)}</span>`}</th>
<td>${description ?? '–'}</td>
</tr>`,
  )
  return table(label, ['Error', 'When'], rows)
}

function table(
  label: string,
  [first, second]: readonly [string, string],
  rows: readonly Html[],
): Html {
  return html`<table aria-label="${label}">
<thead><tr><th scope="col">${first}</th><th scope="col">${second}</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>`
}

export function about(description: string | undefined): Html {
  return description === undefined || description === ''
    ? html``
    : html`<p class="about">${description}</p>`
}

interface Member {
  readonly name: string
  readonly property: Schema
  readonly isRequired: boolean
  readonly isNullable: boolean
}

function membersOf(
  { properties = {}, required, nullable }: Schema,
  prefix: string,
): readonly Member[] {
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = prefix + key
    const inner = property.type === 'array' ? property.items : property
    const below = `${name}${property.type === 'array' ? '[]' : ''}.`
    const nested = inner?.type === 'object' ? membersOf(inner, below) : []
    const member = {
      name,
      property,
      isRequired: required?.includes(key) === true,
      isNullable: nullable?.includes(key) === true,
    }
    return [member, ...nested]
  })
}
