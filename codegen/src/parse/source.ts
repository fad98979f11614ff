import type { Diagnostic } from '../report/diagnostic.ts'

/** A file of the input, read but not yet understood. */
export interface SourceFile {
  /** The path as the user would type it, with forward slashes; what diagnostics show. */
  readonly path: string
  /** The path below the folder it was found in, with forward slashes and without `.json`. */
  readonly name: string
  readonly text: string
  /** The package it comes from, such as `npm:@atproto/api`; absent for a file of one's own. */
  readonly origin?: string
}

/** Everything a run reads: documents, and the merge patches that go on top of them. */
export interface Sources {
  readonly documents: readonly SourceFile[]
  readonly overlays: readonly SourceFile[]
  /** Problems with reading: files that are no text, links, folders that do not exist. */
  readonly unreadable?: readonly Diagnostic[]
}
