/** The generator as a library. The command `lexwright` is a thin shell around it. */

export type { Change } from './diff/change.ts'
export { diff } from './diff/diff.ts'
export { writeDocs } from './docs/docs.ts'
export type { Finding, LintOptions } from './lint/finding.ts'
export { lint } from './lint/lint.ts'
export { type OpenApiOptions, writeOpenApi } from './openapi/openapi.ts'
export { type ParseOptions, type ParseResult, parse } from './parse/parse.ts'
export { type ReadOptions, readSources } from './parse/read-sources.ts'
export type { SourceFile, Sources } from './parse/source.ts'
export { type PipelineOptions, type PipelineResult, runPipeline } from './pipeline.ts'
export type { ImportExtension } from './print/imports.ts'
export { OWNERSHIP_MARK } from './print/mark.ts'
export type { OutputFile } from './print/print.ts'
export {
  DIAGNOSTICS,
  type Diagnostic,
  type DiagnosticCode,
  type Location,
} from './report/diagnostic.ts'
export { type LocatedDiagnostic, locateAll, renderDiagnostic } from './report/render.ts'
export { type ModelOptions, type ModelResult, resolveModel } from './resolve-model.ts'
export { applyPlan } from './write/apply.ts'
export { isUpToDate, planWrite, type WritePlan } from './write/plan.ts'
export { readOutput } from './write/read-output.ts'
