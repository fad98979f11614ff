import { FIELDS } from '../parse/language.ts'
import { isGiven, type ParseResult } from '../parse/parse.ts'
import type { LexiconDocument } from '../parse/schema.ts'
import { type Diagnostic, diagnostic, type Location } from '../report/diagnostic.ts'
import type { Address } from './model.ts'

/** The address of a reference in a document; `ref` has been checked by the parser. */
export function addressOf(ref: string, nsid: string): Address {
  const [base = '', name = 'main'] = ref.replace(/^lex:/, '').split('#')
  return { nsid: base === '' ? nsid : base, name }
}

/**
 * A reference in the form to which `@atproto/lexicon` rewrites it: `lex:nsid` or `lex:nsid#name`.
 */
export function lexUri(ref: string, nsid: string): string {
  const { nsid: base, name } = addressOf(ref, nsid)
  return name === 'main' && !ref.endsWith('#main') ? `lex:${base}` : `lex:${base}#${name}`
}

/** The parsed documents, including a set with problems. */
export interface ParsedSet extends Pick<ParseResult, 'documents' | 'ids' | 'unreadable'> {
  /** All documents, if some of them are left out of the set. */
  readonly all?: Pick<ParseResult, 'ids' | 'unreadable'>
}

/**
 * Reports each `ref` and member of `refs` without a definition; a missing document once, with the number of references
 * to it.
 */
export function checkReferences(
  parsed: ParsedSet,
  isTrusted: (nsid: string) => boolean = () => false,
): Diagnostic[] {
  const { documents } = parsed
  const definitions = new Map(documents.map(({ document }) => [document.id, document.defs]))
  const diagnostics: Diagnostic[] = []
  const missing = new Map<string, Location[]>()

  for (const { file, document } of documents) {
    for (const { target, path } of referencesOf(document)) {
      const defs = definitions.get(target.nsid)
      if (defs && Object.hasOwn(defs, target.name)) continue
      const at = { file, path }
      if (defs) {
        const message = `${target.nsid} has no definition "${target.name}".`
        diagnostics.push(diagnostic('unresolved-ref', at, message))
      } else if (!isTrusted(target.nsid) && !isGiven(target.nsid, parsed)) {
        const known = missing.get(target.nsid)
        if (known) known.push(at)
        else missing.set(target.nsid, [at])
      }
    }
  }
  for (const [nsid, [first, ...more]] of missing) {
    const count =
      more.length === 0 ? '' : ` ${more.length + 1} references point to it; this is one.`
    const isLeftOut = parsed.all !== undefined && isGiven(nsid, parsed.all)
    const message = isLeftOut
      ? `It needs ${nsid}, which is left out.`
      : `There is no document ${nsid}.${count}`
    if (first) diagnostics.push(diagnostic('unresolved-ref', first, message))
  }
  return diagnostics
}

/** A reference in a document. */
interface Reference {
  readonly target: Address
  readonly path: Location['path']
}

/** All references in a document, cached by document: several stages need them, and so do later runs. */
export function referencesOf(document: LexiconDocument): readonly Reference[] {
  const known = remembered.get(document)
  if (known) return known
  const found: Reference[] = []
  const walk: Walk = {
    path: ['defs'],
    found: (ref, path) => found.push({ target: addressOf(ref, document.id), path }),
  }
  for (const [name, definition] of Object.entries(document.defs)) {
    step(walk, name, () => walkFields(definition, definition.type, walk))
  }
  remembered.set(document, found)
  return found
}
const remembered = new WeakMap<LexiconDocument, readonly Reference[]>()

interface Walk {
  /** The current position. */
  readonly path: (string | number)[]
  readonly found: (ref: string, path: Location['path']) => void
}

function step({ path }: Walk, to: string | number, walkOn: () => void): void {
  path.push(to)
  walkOn()
  path.pop()
}

/** The fields of each type that can contain references. */
const leading = new Map(
  Object.entries(FIELDS).map(([type, fields]) => [
    type,
    Object.entries(fields).filter(
      ([, { kind }]) => kind === 'ref' || kind === 'refs' || typeof kind === 'object',
    ),
  ]),
)

/** Follows the grammar: fields outside the language contain no references. */
function walkFields(value: unknown, type: string, walk: Walk): void {
  for (const [name, { kind }] of leading.get(type) ?? []) {
    const field: unknown = Reflect.get(value as object, name)
    if (field === undefined) continue
    step(walk, name, () => {
      if (kind === 'ref') walk.found(field as string, [...walk.path])
      else if (kind === 'refs') walkRefs(field as readonly string[], walk)
      else if (typeof kind !== 'object') return
      else if ('object' in kind) walkFields(field, kind.object, walk)
      else if ('schema' in kind) walkSchema(field, walk)
      else {
        for (const [key, schema] of Object.entries(field as object)) {
          step(walk, key, () => walkSchema(schema, walk))
        }
      }
    })
  }
}

function walkRefs(refs: readonly string[], walk: Walk): void {
  for (const [index, ref] of refs.entries()) walk.found(ref, [...walk.path, index])
}

function walkSchema(schema: unknown, walk: Walk): void {
  walkFields(schema, (schema as { type: string }).type, walk)
}
