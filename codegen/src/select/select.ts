import { referencesOf } from '../ir/references.ts'
import type { ParsedDocument, ParseResult } from '../parse/parse.ts'
import { matches, type NsidPattern } from './pattern.ts'

/** The documents to select; their references are included. */
export interface Selection {
  /** Only documents that match one of these. Default all but those of packages, or all if there are no others. */
  readonly include?: readonly NsidPattern[]
  /** Excludes documents that match one of these, unless a selected document refers to them. */
  readonly exclude?: readonly NsidPattern[]
}

export interface Selected {
  readonly parsed: ParseResult
  /** The selected documents; all others contribute only definitions. */
  readonly wanted: ReadonlySet<string>
  /** Patterns that match no document: probably misspelt. */
  readonly unmatched: readonly NsidPattern[]
}

/** Reduces documents to a selection and its references. */
export function select(parsed: ParseResult, { include, exclude = [] }: Selection): Selected {
  const own = parsed.documents.filter(({ origin }) => origin === undefined)
  const candidates = include === undefined && own.length > 0 ? own : parsed.documents
  const ids = candidates.map(({ document }) => document.id)
  const wanted = new Set(
    ids
      .filter((id) => include === undefined || include.some((pattern) => matches(pattern, id)))
      .filter((id) => !exclude.some((pattern) => matches(pattern, id))),
  )
  const needed = closure(parsed.documents, wanted)
  return {
    parsed: { ...parsed, documents: parsed.documents.filter((one) => needed.has(one.document.id)) },
    wanted,
    // A document with problems has no model, but a pattern for it is valid.
    unmatched: [...(include ?? []), ...exclude].filter(
      (pattern) => ![...parsed.ids].some((id) => matches(pattern, id)),
    ),
  }
}

function closure(documents: readonly ParsedDocument[], wanted: ReadonlySet<string>): Set<string> {
  const byId = new Map(documents.map(({ document }) => [document.id, document]))
  const needed = new Set(wanted)
  // Iterating a set includes elements added meanwhile.
  for (const id of needed) {
    const document = byId.get(id)
    if (document) for (const { target } of referencesOf(document)) needed.add(target.nsid)
  }
  return needed
}
