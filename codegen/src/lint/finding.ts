import type { ParsedDocument } from '../parse/parse.ts'
import type { Report } from '../report/render.ts'

/** How much a finding weighs: an error cannot work, a warning will hurt, an info is a custom that is not kept. */
export const SEVERITIES = ['error', 'warning', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Something that is legal but will hurt. */
export interface Finding extends Report {
  readonly code: string
  readonly severity: Severity
  /** `com.example.get#main.parameters`, as an ignore names it. */
  readonly place: string
}

/** Which findings are left out, and what the others weigh. */
export interface LintOptions {
  /** Rules, or `rule@place`: an NSID, a pattern of NSIDs, or a place in a document and all below it. */
  readonly ignore?: readonly string[]
  /** By rule; those of the rules by default. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>
}

export type Path = readonly (string | number)[]
export type Json = { readonly [key: string]: unknown }

/** Tells of one finding of the rule at hand: a path into the document, and what is there. */
export type Tell = (path: Path, message: string) => void

/** A schema, with the place it stands in. */
export interface Place {
  readonly schema: Json & { readonly type: string }
  readonly path: Path
  /** Kind of its place: a definition, a property, a parameter, an item of an array, or the body of a method. */
  readonly as: 'definition' | 'property' | 'parameter' | 'item' | 'body' | 'record'
  /** The name of the definition, property or parameter. */
  readonly name: string
  /** True if the object or parameters around it require it. */
  readonly required: boolean
}

/** One rule. Each function is optional and called for everything of its sort. */
export interface Rule {
  readonly name: string
  /** By default a warning. */
  readonly severity?: Severity
  /** The fault it finds, in one sentence. */
  readonly finds: string
  /** Advice on how to mend it. */
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
