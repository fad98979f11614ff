import { emit } from './emit/emit.ts'
import type { Strictness } from './emit/strictness.ts'
import type { Targets } from './emit/targets.ts'
import type { TypeStyle } from './emit/type-style.ts'
import { writeOpenApi } from './openapi/openapi.ts'
import type { Sources } from './parse/source.ts'
import { type OutputFile, Printer, type PrintOptions } from './print/print.ts'
import { type ModelOptions, type ModelResult, resolveModel } from './resolve-model.ts'

export interface PipelineOptions extends ModelOptions, PrintOptions {
  /** The sides to generate; default both. */
  readonly targets?: Targets
  /**
   * Points in which validators follow the written specification instead of the library; default none.
   */
  readonly strict?: Partial<Strictness>
  /** Choices in how types are written. */
  readonly types?: Partial<TypeStyle>
  /** True to write a module per method to `calls/`, for the small client; default false. */
  readonly calls?: boolean
  /** True to write an OpenAPI description next to the modules; default false. */
  readonly openapi?: boolean
  /** The printer of earlier runs, which prints only changed files; default a new one. */
  readonly printer?: Printer
}

export interface PipelineResult extends Omit<ModelResult, 'model'> {
  /** The whole output; empty if there is any diagnostic. */
  readonly files: readonly OutputFile[]
}

/**
 * The whole generator: lexicon texts in, files or diagnostics out. It uses no disk, clock or environment,
 * so the same input gives the same bytes on every machine. Each stage caches results by object: a second
 * run with the same `SourceFile` objects is fast.
 */
export function runPipeline(sources: Sources, options: PipelineOptions): PipelineResult {
  const { model, ...result } = resolveModel(sources, options)
  if (!model) return { files: [], ...result }

  const { printer = new Printer() } = options
  const modules = printer.print(emit(model, options), options)
  const files = options.openapi ? [...modules, writeOpenApi(model)] : modules
  return { files, ...result }
}
