import { emit } from './emit/emit.ts'
import type { Strictness } from './emit/strictness.ts'
import type { Targets } from './emit/targets.ts'
import type { TypeStyle } from './emit/type-style.ts'
import { writeOpenApi } from './openapi/openapi.ts'
import type { Sources } from './parse/source.ts'
import { type OutputFile, Printer, type PrintOptions } from './print/print.ts'
import { type ModelOptions, type ModelResult, resolveModel } from './resolve-model.ts'

export interface PipelineOptions extends ModelOptions, PrintOptions {
  /** Which sides to generate; by default both. */
  readonly targets?: Targets
  /** Where validators follow the written specification instead of the library; by default nowhere. */
  readonly strict?: Partial<Strictness>
  /** How types are written where there is a choice. */
  readonly types?: Partial<TypeStyle>
  /** True if there is a module in `calls/` per method, for the small client; by default there is not. */
  readonly calls?: boolean
  /** True if an OpenAPI description is written beside the modules; by default it is not. */
  readonly openapi?: boolean
  /** The printer of earlier runs, which makes only the files that differ; by default a new one. */
  readonly printer?: Printer
}

export interface PipelineResult extends Omit<ModelResult, 'model'> {
  /** The whole output; empty when there is any diagnostic. */
  readonly files: readonly OutputFile[]
}

/**
 * The whole generator: lexicon texts in, files or diagnostics out. It reads no disk, no clock and no
 * environment, so the same input gives the same bytes on every machine. Each stage remembers what it made
 * of an object it has seen before: a second run that is given the same `SourceFile` objects is quick.
 */
export function runPipeline(sources: Sources, options: PipelineOptions): PipelineResult {
  const { model, ...result } = resolveModel(sources, options)
  if (!model) return { files: [], ...result }

  const { printer = new Printer() } = options
  const modules = printer.print(emit(model, options), options)
  const files = options.openapi ? [...modules, writeOpenApi(model)] : modules
  return { files, ...result }
}
