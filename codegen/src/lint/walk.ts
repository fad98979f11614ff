import type { LexiconDocument } from '../parse/schema.ts'
import type { Json, Path, Place } from './finding.ts'

/** Visits every schema of a document, from the outside in. */
export function walk(document: LexiconDocument, visit: (place: Place) => void): void {
  for (const [name, definition] of Object.entries(document.defs)) {
    descend(definition, ['defs', name], { as: 'definition', name, required: true }, visit)
  }
}

function descend(
  schema: unknown,
  path: Path,
  where: Pick<Place, 'as' | 'name' | 'required'>,
  visit: (place: Place) => void,
): void {
  if (!isSchema(schema)) return
  visit({ schema, path, ...where })
  const as = schema.type === 'params' ? 'parameter' : 'property'
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  for (const [name, property] of Object.entries((schema.properties as Json | undefined) ?? {})) {
    const place = { as, name, required: required.has(name) } as const
    descend(property, [...path, 'properties', name], place, visit)
  }
  const inner = { name: where.name, required: true }
  descend(schema.items, [...path, 'items'], { ...inner, as: 'item' }, visit)
  descend(schema.record, [...path, 'record'], { ...inner, as: 'record' }, visit)
  descend(schema.parameters, [...path, 'parameters'], { ...inner, as: 'body' }, visit)
  for (const side of ['input', 'output', 'message']) {
    const body = schema[side] as { readonly schema?: unknown } | undefined
    descend(body?.schema, [...path, side, 'schema'], { ...inner, as: 'body' }, visit)
  }
}

function isSchema(value: unknown): value is Place['schema'] {
  return typeof (value as { type?: unknown } | null | undefined)?.type === 'string'
}
