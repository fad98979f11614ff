import { build } from './ir/build.ts'
import type { Model } from './ir/model.ts'
import type { PackageMapping } from './ir/packages.ts'
import { parse } from './parse/parse.ts'
import type { Sources } from './parse/source.ts'
import type { Diagnostic } from './report/diagnostic.ts'
import type { NsidPattern } from './select/pattern.ts'
import { type Selection, select } from './select/select.ts'

export interface ModelOptions extends Selection {
  /** Packages that hold the generated modules of some documents already. */
  readonly packages?: readonly PackageMapping[]
}

export interface ModelResult {
  /** Absent when there is any diagnostic. */
  readonly model?: Model
  readonly diagnostics: readonly Diagnostic[]
  /** Patterns of the selection that match no document. */
  readonly unmatched: readonly NsidPattern[]
}

/** The first half of the generator, and all that `ir` and `docs` need: lexicon texts → the resolved model. */
export function resolveModel(sources: Sources, options: ModelOptions): ModelResult {
  const parsed = parse(sources)
  const selected = select(parsed, options)
  const built = build(selected.parsed, {
    methodsOf: selected.wanted,
    ...(options.packages && { packages: options.packages }),
  })
  const diagnostics = [...parsed.diagnostics, ...built.diagnostics]
  const model = diagnostics.length === 0 ? built.model : undefined
  return { ...(model && { model }), diagnostics, unmatched: selected.unmatched }
}
