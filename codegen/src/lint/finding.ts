import type { ParsedDocument } from '../parse/parse.ts'
import type { Report } from '../report/render.ts'

/** Severities: an error cannot work, a warning will cause problems, an info deviates from convention. */
export const SEVERITIES = ['error', 'warning', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Something legal that will cause problems. */
export interface Finding extends Report {
  readonly code: string
  readonly severity: Severity
  /** `com.example.get#main.parameters`, as used in an ignore. */
  readonly place: string
}

/** The findings to ignore, and the severity of the others. */
export interface LintOptions {
  /**
   * Rules, or `rule@place`: an NSID, a pattern of NSIDs, or a place in a document with everything below
   * it.
   */
  readonly ignore?: readonly string[]
  /** By rule; default that of the rule. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>
}

export type Path = readonly (string | number)[]
export type Json = { readonly [key: string]: unknown }

/** Reports a finding of the current rule: a path into the document, and a message. */
export type Tell = (path: Path, message: string) => void

/** A schema with its position. */
export interface Place {
  readonly schema: Json & { readonly type: string }
  readonly path: Path
  /** The kind of position: a definition, property, parameter, array item, or method body. */
  readonly as: 'definition' | 'property' | 'parameter' | 'item' | 'body' | 'record'
  /** The name of the definition, property or parameter. */
  readonly name: string
  /** True if the enclosing object or parameters require it. */
  readonly required: boolean
}

/** A rule. Each function is optional and is called for every item of its kind. */
export interface Rule {
  readonly name: string
  /** Default `warning`. */
  readonly severity?: Severity
  /** The problem it finds, in one sentence. */
  readonly finds: string
  /** How to correct it. */
  readonly help: string
  schema?(place: Place, tell: Tell): void
  document?(document: ParsedDocument['document'], tell: Tell): void
  /** Called once for the whole set. */
  set?(
    documents: readonly ParsedDocument[],
    tell: (file: string, path: Path, message: string) => void,
  ): void
  /** A definition in which only this rule finds exactly one problem; shown in the documentation. */
  readonly example: object
}
