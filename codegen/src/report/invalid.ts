import type { Sources } from '../parse/source.ts'
import type { Diagnostic } from './diagnostic.ts'
import { inReadingOrder } from './locate.ts'

/** Problems that only follow from another one. */
const FOLLOWING: ReadonlySet<string> = new Set(['unresolved-ref', 'orphan-overlay'])

/** Problems of the input, with the texts they refer to. */
export interface Invalid {
  readonly status: 'invalid'
  readonly diagnostics: readonly Diagnostic[]
  readonly texts: ReadonlyMap<string, string>
}

/** Problems in reading order, causes before their consequences, with the texts to show. */
export function invalid(problems: readonly Diagnostic[], sources: Sources): Invalid {
  const all = [...sources.documents, ...sources.overlays]
  const texts = new Map(all.map((source) => [source.path, source.text]))
  const inOrder = inReadingOrder(problems, texts)
  const causes = inOrder.filter(({ code }) => !FOLLOWING.has(code))
  const following = inOrder.filter(({ code }) => FOLLOWING.has(code))
  return { status: 'invalid', diagnostics: [...causes, ...following], texts }
}
