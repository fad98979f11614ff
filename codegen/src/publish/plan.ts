import { isDeepStrictEqual } from 'node:util'
import { adviceOn, type Plan, plansFor } from '../diff/advice.ts'
import type { Change } from '../diff/change.ts'
import { diff } from '../diff/diff.ts'
import type { Published } from '../network/published.ts'
import type { ParsedDocument } from '../parse/parse.ts'

/** The change to a record when its document is published. */
export interface Publication {
  readonly nsid: string
  readonly status: 'new' | 'changed' | 'unchanged'
  readonly document: object
  /** The existing record. */
  readonly published?: Published
}

export interface PublicationPlan {
  readonly publications: readonly Publication[]
  /** Differences in the documents to publish, with advice on breaking ones. */
  readonly changes: readonly (Change & { readonly instead: string | undefined })[]
  readonly plans: readonly Plan[]
}

/**
 * Compares documents with their published versions. `all` are the documents of the project, which determine how
 * definitions are used.
 */
export function planPublication({
  wanted,
  all,
  published,
  before,
}: {
  readonly wanted: readonly ParsedDocument[]
  readonly all: readonly ParsedDocument[]
  readonly published: ReadonlyMap<string, Published>
  /** The valid documents among `published`. */
  readonly before: readonly ParsedDocument[]
}): PublicationPlan {
  const publications = wanted.map(({ document }): Publication => {
    const { $type: _, ...plain } = document as { readonly $type?: unknown; readonly id: string }
    const earlier = published.get(plain.id)
    if (earlier === undefined) return { nsid: plain.id, status: 'new', document: plain }
    const status = isDeepStrictEqual(earlier.json, plain) ? 'unchanged' : 'changed'
    return { nsid: plain.id, status, document: plain, published: earlier }
  })
  const ids = new Set(wanted.map(({ document }) => document.id))
  const documentsOf = (some: readonly ParsedDocument[]) => some.map(({ document }) => document)
  const changes = diff(documentsOf(before), documentsOf(all)).filter(
    ({ nsid, rule }) => ids.has(nsid) && rule !== 'document-added',
  )
  return {
    publications,
    changes: changes.map((change) => ({ ...change, instead: adviceOn(change) })),
    plans: plansFor(changes, new Set(documentsOf(all).map(({ id }) => id))),
  }
}
