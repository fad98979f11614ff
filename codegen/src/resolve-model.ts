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
  /** Packages that already contain the generated modules of some documents. */
  readonly packages?: readonly PackageMapping[]
  /** True to leave out documents with problems, and those that need them, with a warning each. */
  readonly skipInvalid?: boolean
}

export interface ModelResult {
  /** Absent if there is any diagnostic. */
  readonly model?: Model
  readonly diagnostics: readonly Diagnostic[]
  /** Notes about skipped or omitted input, and warnings. */
  readonly warnings: readonly Diagnostic[]
  /** Patterns of the selection that match no document. */
  readonly unmatched: readonly NsidPattern[]
  /** Number of selected documents, excluding those that only contribute types. */
  readonly wanted: number
}

/** The first half of the generator, sufficient for `ir` and `docs`: resolves lexicon texts to the model. */
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
