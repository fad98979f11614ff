import type { Sources } from '../parse/source.ts'
import type { Diagnostic } from './diagnostic.ts'
import { inReadingOrder } from './locate.ts'

/** Problems of the input, with the texts they lie in. */
export interface Invalid {
  readonly status: 'invalid'
  readonly diagnostics: readonly Diagnostic[]
  readonly texts: ReadonlyMap<string, string>
}

/** Problems in the order a reader meets them, with the texts to show. */
export function invalid(problems: readonly Diagnostic[], sources: Sources): Invalid {
  const all = [...sources.documents, ...sources.overlays]
  const texts = new Map(all.map((source) => [source.path, source.text]))
  return { status: 'invalid', diagnostics: inReadingOrder(problems, texts), texts }
}
