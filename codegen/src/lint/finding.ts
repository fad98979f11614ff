import type { ParsedDocument } from '../parse/parse.ts'
import type { Report } from '../report/render.ts'

/** Something that is legal but will hurt. */
export interface Finding extends Report {
  readonly code: string
}

export type Path = readonly (string | number)[]
export type Json = { readonly [key: string]: unknown }

/** Tells of one finding of the rule at hand: a path into the document, and what is there. */
export type Tell = (path: Path, message: string) => void

/** A schema, with the place it stands in. */
export interface Place {
  readonly schema: Json & { readonly type: string }
  readonly path: Path
  /** What holds it: a definition, a property, a parameter, an item of an array, or the body of a method. */
  readonly as: 'definition' | 'property' | 'parameter' | 'item' | 'body' | 'record'
  /** The name of the definition, property or parameter. */
  readonly name: string
  /** True if the object or parameters around it require it. */
  readonly required: boolean
}

/** One rule. Each function is optional and called for everything of its sort. */
export interface Rule {
  readonly name: string
  /** What it finds, in one sentence. */
  readonly finds: string
  /** What to do about it. */
  readonly help: string
  schema?(place: Place, tell: Tell): void
  document?(document: ParsedDocument['document'], tell: Tell): void
  /** Once for the whole set. */
  set?(
    documents: readonly ParsedDocument[],
    tell: (file: string, path: Path, message: string) => void,
  ): void
  /** A definition that the rule finds exactly one fault in; shown in the documentation. */
  readonly example: object
}
