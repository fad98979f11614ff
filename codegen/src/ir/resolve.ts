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
    walkReferences(document.defs, ['defs'], check)
  }
  return diagnostics
}

/** Visits the target of each reference in a document. */
export function forEachReference(
  document: LexiconDocument,
  visit: (target: Address) => void,
): void {
  walkReferences(document.defs, ['defs'], (ref) => visit(addressOf(ref, document.id)))
}

function walkReferences(
  value: unknown,
  path: readonly (string | number)[],
  check: (ref: string, path: readonly (string | number)[]) => void,
): void {
  if (typeof value !== 'object' || value === null) return
  // Properties may themselves be called "type": only a schema has a string there.
  const schema = value as { type?: unknown; ref?: unknown; refs?: unknown }
  if (schema.type === 'ref' && typeof schema.ref === 'string') check(schema.ref, [...path, 'ref'])
  if (schema.type === 'union' && Array.isArray(schema.refs)) {
    schema.refs.forEach((ref: string, index) => {
      check(ref, [...path, 'refs', index])
    })
  }
  for (const [key, child] of Object.entries(value)) {
    walkReferences(child, [...path, Array.isArray(value) ? Number(key) : key], check)
  }
}
