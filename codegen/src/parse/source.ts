import type { Diagnostic } from '../report/diagnostic.ts'

/** An input file before parsing. */
export interface SourceFile {
  /** The path as the user would type it, with forward slashes; shown in diagnostics. */
  readonly path: string
  /** The path below the folder it was found in, with forward slashes and without `.json`. */
  readonly name: string
  readonly text: string
  /** The package it comes from, such as `npm:@atproto/api`; absent for the project's own files. */
  readonly origin?: string
}

/** All input of a run: documents, and the merge patches applied to them. */
export interface Sources {
  readonly documents: readonly SourceFile[]
  readonly overlays: readonly SourceFile[]
  /** Read problems: files that are not text, links, missing folders. */
  readonly unreadable?: readonly Diagnostic[]
}
