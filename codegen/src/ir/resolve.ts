import { FIELDS } from '../parse/language.ts'
import type { ParseResult } from '../parse/parse.ts'
import type { LexiconDocument } from '../parse/schema.ts'
import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'
import type { Address } from './model.ts'

/** The address a reference in a document names; `ref` has the form the parser has checked. */
export function addressOf(ref: string, nsid: string): Address {
  const [base = '', name = 'main'] = ref.replace(/^lex:/, '').split('#')
  return { nsid: base === '' ? nsid : base, name }
}

/** A reference as `@atproto/lexicon` rewrites it on loading: `lex:nsid` or `lex:nsid#name`. */
export function lexUri(ref: string, nsid: string): string {
  const { nsid: base, name } = addressOf(ref, nsid)
  return name === 'main' && !ref.endsWith('#main') ? `lex:${base}` : `lex:${base}#${name}`
}

/** Reports each `ref` and each member of `refs` that leads to no definition. */
export function checkReferences(
  { documents, ids }: Omit<ParseResult, 'diagnostics'>,
  isTrusted: (nsid: string) => boolean = () => false,
): Diagnostic[] {
  const definitions = new Map(documents.map(({ document }) => [document.id, document.defs]))
  const diagnostics: Diagnostic[] = []

  for (const { file, document } of documents) {
    const check = (ref: string, path: readonly (string | number)[]): void => {
      const target = addressOf(ref, document.id)
      const defs = definitions.get(target.nsid)
      if (defs ? Object.hasOwn(defs, target.name) : ids.has(target.nsid)) return
      if (!defs && isTrusted(target.nsid)) return
      const message = defs
        ? `${target.nsid} has no definition "${target.name}".`
        : `There is no document ${target.nsid}.`
      diagnostics.push(diagnostic('unresolved-ref', { file, path }, message))
    }
    walkDefinitions(document, check)
  }
  return diagnostics
}

/** Visits the target of each reference in a document. */
export function forEachReference(
  document: LexiconDocument,
  visit: (target: Address) => void,
): void {
  walkDefinitions(document, (ref) => visit(addressOf(ref, document.id)))
}

type Check = (ref: string, path: readonly (string | number)[]) => void

function walkDefinitions({ defs }: LexiconDocument, check: Check): void {
  for (const [name, { type }] of Object.entries(defs)) {
    walkFields(defs[name], { type, path: ['defs', name], check })
  }
}

interface Walk {
  /** What the value is, in the grammar of the language. */
  readonly type: string
  readonly path: readonly (string | number)[]
  readonly check: Check
}

/** Walks along the grammar: what looks like a reference in a field that the language does not know is none. */
function walkFields(value: unknown, { type, path, check }: Walk): void {
  for (const [name, { kind }] of Object.entries(FIELDS[type] ?? {})) {
    const field: unknown = Reflect.get(value as object, name)
    const at = [...path, name]
    if (field === undefined) continue
    if (kind === 'ref') check(field as string, at)
    else if (kind === 'refs') {
      for (const [index, ref] of (field as string[]).entries()) check(ref, [...at, index])
    } else if (typeof kind !== 'object') continue
    else if ('object' in kind) walkFields(field, { type: kind.object, path: at, check })
    else if ('schema' in kind) walkSchema(field, at, check)
    else
      for (const [key, schema] of Object.entries(field as object))
        walkSchema(schema, [...at, key], check)
  }
}

function walkSchema(schema: unknown, path: Walk['path'], check: Check): void {
  walkFields(schema, { type: (schema as { type: string }).type, path, check })
}
