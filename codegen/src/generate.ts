import {
  type Fingerprint,
  hashInput,
  hashOutput,
  keepFingerprint,
  readFingerprint,
} from './fingerprint/fingerprint.ts'
import { readSources } from './parse/read-sources.ts'
import type { Sources } from './parse/source.ts'
import type { PipelineOptions } from './pipeline.ts'
import type { OutputFile } from './print/print.ts'
import type { Diagnostic } from './report/diagnostic.ts'
import { inReadingOrder } from './report/locate.ts'
import type { NsidPattern } from './select/pattern.ts'
import { applyPlan, recoverOutput } from './write/apply.ts'
import { type ExistingFile, isOwned, isUpToDate, planWrite, type WritePlan } from './write/plan.ts'
import { DiskError, readOutput } from './write/read-output.ts'

export interface GenerateOptions extends PipelineOptions {
  readonly lexicons: readonly string[]
  readonly overlays?: readonly string[]
  readonly out: string
  /** Compare only; write nothing. */
  readonly check: boolean
  /** True if a run that would change nothing may be recognised by the fingerprint of the last. Default: yes. */
  readonly cache?: boolean
}

/** Problems of the input, with the texts they lie in. */
export interface Invalid {
  readonly status: 'invalid'
  readonly diagnostics: readonly Diagnostic[]
  readonly texts: ReadonlyMap<string, string>
}

export type GenerateResult =
  /** The input has problems; nothing was written. */
  | Invalid
  /** Some pattern of the selection matches no document; nothing was written. */
  | { readonly status: 'unmatched'; readonly patterns: readonly NsidPattern[] }
  /** The output needs paths that hold files the generator did not write; nothing was written. */
  | { readonly status: 'foreign-files'; readonly plan: WritePlan }
  /** `check` found the folder to differ from what would be written. */
  | { readonly status: 'stale'; readonly plan: WritePlan }
  /** The folder cannot be read or written. */
  | { readonly status: 'unwritable'; readonly message: string }
  | {
      readonly status: 'done'
      readonly plan: WritePlan
      readonly documents: number
      /** What the folder holds now; absent when it was recognised without generating. */
      readonly files?: readonly OutputFile[]
    }

/** Disk to disk: reads the lexicons, runs the pipeline, and writes or checks the output folder. */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  return await orUnwritable(() => generateUnlessKnown(options))
}

async function generateUnlessKnown(options: GenerateOptions): Promise<GenerateResult> {
  if (!options.check) await recoverOutput(options.out)
  const { sources, diagnostics: unreadable } = await readSources(options)
  if (unreadable.length > 0 || options.cache === false)
    return await generateFrom(sources, options, { unreadable })

  const existing = await readOutput(options.out)
  const owned = existing.filter(({ text }) => isOwned(text))
  const now: Fingerprint = {
    input: await hashInput(sources, affecting(options)),
    output: hashOutput(owned),
  }
  const last = await readFingerprint(options.out)
  if (last?.input === now.input && last.output === now.output) {
    const plan = { create: [], update: [], remove: [], foreign: [], unchanged: owned.length }
    return { status: 'done', plan, documents: sources.documents.length }
  }
  const result = await generateFrom(sources, options, { existing })
  if (result.status === 'done' && result.files) {
    await keepFingerprint(options.out, { input: now.input, output: hashOutput(result.files) })
  }
  return result
}

/** What is known of the disk before a run. */
interface Known {
  /** Problems with reading the lexicons; by default none. */
  readonly unreadable?: readonly Diagnostic[]
  /** What the output folder holds; read when it is needed and not given. */
  readonly existing?: readonly ExistingFile[]
}

/** Like {@link generate}, for lexicons that have been read already. */
export async function generateFrom(
  sources: Sources,
  options: GenerateOptions,
  { unreadable = [], existing }: Known = {},
): Promise<GenerateResult> {
  // A run that changes nothing does without.
  const { runPipeline } = await import('./pipeline.ts')
  const { files, diagnostics, unmatched } = runPipeline(sources, options)
  const problems = [...unreadable, ...diagnostics]
  if (problems.length > 0) return invalid(problems, sources)
  if (unmatched.length > 0) return { status: 'unmatched', patterns: unmatched }

  const plan = planWrite(files, existing ?? (await readOutput(options.out)))
  if (plan.foreign.length > 0) return { status: 'foreign-files', plan }
  if (options.check && !isUpToDate(plan)) return { status: 'stale', plan }
  if (!options.check) await applyPlan(options.out, plan)
  return { status: 'done', plan, documents: sources.documents.length, files }
}

/** What the function gives, or that the folder cannot be read or written. */
export async function orUnwritable<T>(
  run: () => Promise<T>,
): Promise<T | Extract<GenerateResult, { status: 'unwritable' }>> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return { status: 'unwritable', message: error.message }
  }
}

/** Problems in the order a reader meets them, with the texts to show. */
export function invalid(problems: readonly Diagnostic[], sources: Sources): Invalid {
  const all = [...sources.documents, ...sources.overlays]
  const texts = new Map(all.map((source) => [source.path, source.text]))
  return { status: 'invalid', diagnostics: inReadingOrder(problems, texts), texts }
}

/** The options that have a say in the output, in a fixed order. */
function affecting({
  importExtension,
  packages,
  targets,
  strict,
  openapi,
  include,
  exclude,
}: GenerateOptions): object {
  return [importExtension, packages, targets, strict, openapi, include, exclude]
}
