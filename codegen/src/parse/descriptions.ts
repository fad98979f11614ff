import { FIELDS } from './language.ts'
import type { LexiconDocument } from './schema.ts'

/** A document without descriptions. Properties named `description` stay. */
export function withoutDescriptions(document: LexiconDocument): LexiconDocument {
  const { description: _, ...rest } = document
  const defs = Object.entries(document.defs).map(([name, one]) => [name, strip(one, one.type)])
  return { ...rest, defs: Object.fromEntries(defs) }
}

function strip(value: unknown, type: string): unknown {
  const fields = FIELDS[type] ?? {}
  const entries = Object.entries(value as object)
    .filter(([name]) => !(name === 'description' && Object.hasOwn(fields, name)))
    .map(([name, field]) => {
      const kind = Object.hasOwn(fields, name) ? fields[name]?.kind : undefined
      if (kind === 'errors') return [name, (field as object[]).map(withoutDescription)]
      if (typeof kind !== 'object') return [name, field]
      if ('object' in kind) return [name, strip(field, kind.object)]
      if ('schema' in kind) return [name, stripSchema(field)]
      const schemas = Object.entries(field as object).map(([key, one]) => [key, stripSchema(one)])
      return [name, Object.fromEntries(schemas)]
    })
  return Object.fromEntries(entries)
}

function stripSchema(schema: unknown): unknown {
  return strip(schema, (schema as { readonly type: string }).type)
}

function withoutDescription(error: object): object {
  const { description: _, ...rest } = error as { readonly description?: string }
  return rest
}
