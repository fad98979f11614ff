/** The location of a problem in the input: a file and a path of keys into its JSON. */
export interface Location {
  /** The path of the file as the user would type it. */
  readonly file: string
  /** Keys and indices from the root of the JSON value; empty for the document as a whole. */
  readonly path: readonly (string | number)[]
  /** A character offset, for text that is not JSON. */
  readonly offset?: number
}

/** A problem in the input, before it is located in its text. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly message: string
  /** Advice for the reader. */
  readonly help: string
  readonly at: Location
}

/**
 * Every diagnostic code with its advice. The table is closed: a test fails if a code has no case in
 * `testdata/reject/` or no line in the README.
 */
export const DIAGNOSTICS = {
  'no-documents': 'Point --lexicons at a folder that holds .json lexicon documents.',
  'unreadable-file': 'Check that the file exists and that you may read it.',
  'invalid-json': 'Correct the JSON; lexicon documents allow neither comments nor trailing commas.',
  'not-a-document': 'A lexicon document is an object with "lexicon": 1, an "id" and "defs".',
  'unsupported-version': 'Only version 1 of the Lexicon language exists; write "lexicon": 1.',
  'invalid-nsid': 'Use a namespaced identifier such as "com.example.thing.doIt".',
  'path-mismatch':
    'Rename the file or its "id": com.example.doIt belongs in com/example/doIt.json.',
  'duplicate-document': 'Keep one document for each id.',
  'same-but-for-case':
    'Rename one, or leave it out with --exclude: their modules are the same file on macOS and Windows.',
  'missing-field': 'Add the field.',
  'invalid-field': 'Correct the value.',
  'unknown-type': 'Use a type of the Lexicon language that is allowed in this place.',
  'misplaced-definition':
    'Records, queries, procedures, subscriptions and permission sets must be the definition named "main".',
  'invalid-ref': 'Write "#name" for this document or "com.example.other#name" for another.',
  'unresolved-ref':
    'Add the missing document or definition, or correct the reference; nothing is replaced by a silent "any".',
  'orphan-overlay': 'Name the overlay file after the id of a document in the set, or remove it.',
} as const

/** Notes: findings that do not stop a run. */
export const NOTES = {
  'foreign-json': 'Move it elsewhere if it is not a lexicon.',
  'left-out': 'Correct it, or run without --skip-invalid to see all of its problems.',
} as const

export type DiagnosticCode = keyof typeof DIAGNOSTICS | keyof typeof NOTES

const HELP: Readonly<Record<DiagnosticCode, string>> = { ...DIAGNOSTICS, ...NOTES }

/** Makes a diagnostic with the advice of its code. */
export function diagnostic(code: DiagnosticCode, at: Location, message: string): Diagnostic {
  return { code, message, help: HELP[code], at }
}
