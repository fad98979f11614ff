import { whyNotImportable } from './packages/importable.ts'
import { readSources } from './parse/read-sources.ts'
import type { Sources } from './parse/source.ts'
import { type PipelineOptions, runPipeline } from './pipeline.ts'
import type { Diagnostic } from './report/diagnostic.ts'
import { type Invalid, invalid } from './report/invalid.ts'
import type { NsidPattern } from './select/pattern.ts'
import { applyPlan } from './write/apply.ts'
import { DiskError } from './write/disk-error.ts'
import { isUpToDate, planWrite, type WritePlan } from './write/plan.ts'
import { readOutput } from './write/read-output.ts'

export interface GenerateOptions extends PipelineOptions {
  readonly lexicons: readonly string[]
  readonly overlays?: readonly string[]
  readonly out: string
  /** Compare only; write nothing. */
  readonly check: boolean
}

export type GenerateResult =
  /** The input has problems; nothing was written. */
  | Invalid
  /** A pattern of the selection matches no document; nothing was written. */
  | { readonly status: 'unmatched'; readonly patterns: readonly NsidPattern[] }
  /** Files not written by the generator occupy paths of the output; nothing was written. */
  | { readonly status: 'foreign-files'; readonly plan: WritePlan }
  /** Generated code would import modules that a package does not export; nothing was written. */
  | { readonly status: 'not-importable'; readonly message: string }
  /** `check` found differences between the folder and the output. */
  | { readonly status: 'stale'; readonly plan: WritePlan }
  /** The folder could not be read or not be written completely. */
  | { readonly status: 'unwritable'; readonly message: string }
  | {
      readonly status: 'done'
      readonly plan: WritePlan
      /** Number of selected documents. */
      readonly documents: number
      /** Warnings about skipped or omitted input, with the texts they refer to. */
      readonly warnings: readonly Diagnostic[]
      readonly texts: ReadonlyMap<string, string>
    }

/** Disk to disk: reads the lexicons, runs the pipeline, and writes or checks the output folder. */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  return await generateFrom(await readSources(options), options)
}

/** Like {@link generate}, for lexicons already read. */
export async function generateFrom(
  sources: Sources,
  options: GenerateOptions,
): Promise<GenerateResult> {
  const { files, diagnostics, warnings, unmatched, wanted } = runPipeline(sources, options)
  if (diagnostics.length > 0) return invalid(diagnostics, sources)
  if (unmatched.length > 0) return { status: 'unmatched', patterns: unmatched }
  const reason = whyNotImportable(files, options.packages ?? [])
  if (reason !== undefined) return { status: 'not-importable', message: reason }
  try {
    const plan = planWrite(files, await readOutput(options.out))
    if (plan.foreign.length > 0) return { status: 'foreign-files', plan }
    if (options.check && !isUpToDate(plan)) return { status: 'stale', plan }
    if (!options.check) await applyPlan(options.out, plan)
    const noted = invalid(warnings, sources)
    return {
      status: 'done',
      plan,
      documents: wanted,
      warnings: noted.diagnostics,
      texts: noted.texts,
    }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return { status: 'unwritable', message: error.message }
  }
}
