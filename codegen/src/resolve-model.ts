import { build } from './ir/build.ts'
import { leaveOut } from './ir/leave-out.ts'
import type { Model } from './ir/model.ts'
import { type PackageMapping, packageOf } from './ir/packages.ts'
import { type ParseOptions, parse } from './parse/parse.ts'
import type { Sources } from './parse/source.ts'
import type { Diagnostic } from './report/diagnostic.ts'
import type { NsidPattern } from './select/pattern.ts'
import { type Selection, select } from './select/select.ts'

export interface ModelOptions extends Selection, ParseOptions {
  /** Packages that hold the generated modules of some documents already. */
  readonly packages?: readonly PackageMapping[]
  /** True if documents with problems are left out, and what needs them, with a warning each. */
  readonly skipInvalid?: boolean
}

export interface ModelResult {
  /** Absent when there is any diagnostic. */
  readonly model?: Model
  readonly diagnostics: readonly Diagnostic[]
  /** Notes of what was passed over or left out, and warnings. */
  readonly warnings: readonly Diagnostic[]
  /** Patterns of the selection that match no document. */
  readonly unmatched: readonly NsidPattern[]
  /** How many documents were asked for; those that only lend their types do not count. */
  readonly wanted: number
}

/** The first half of the generator, and all that `ir` and `docs` need: lexicon texts → the resolved model. */
export function resolveModel(sources: Sources, options: ModelOptions): ModelResult {
  const { packages = [], skipInvalid } = options
  const all = parse(sources, options)
  const isTrusted = (nsid: string): boolean => packageOf(nsid, packages) !== undefined
  const parsed = skipInvalid ? leaveOut(all, isTrusted) : all
  const selected = select(parsed, options)
  const built = build(selected.parsed, { methodsOf: selected.wanted, packages })
  const diagnostics = [...parsed.diagnostics, ...built.diagnostics]
  const model = diagnostics.length === 0 ? built.model : undefined
  return {
    ...(model && { model }),
    diagnostics,
    warnings: parsed.warnings,
    unmatched: selected.unmatched,
    wanted: selected.wanted.size,
  }
}
