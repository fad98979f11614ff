/**
 * Points in which generated validators follow the Lexicon specification instead of `@atproto/lexicon`, which is laxer
 * there (or, for records, cannot accept any value). All off by default. Source: https://atproto.com/specs/lexicon
 */
export interface Strictness {
  /** Checks `accept` and `maxSize` of blobs. */
  readonly blobs: boolean
  /** Validates a record that a ref or union points to as the object it contains. */
  readonly records: boolean
  /** Fills in defaults inside arrays too. */
  readonly arrayDefaults: boolean
}

/** The name of each on the command line and in the configuration. */
export const STRICT_NAMES: Readonly<Record<string, keyof Strictness>> = {
  blobs: 'blobs',
  records: 'records',
  'array-defaults': 'arrayDefaults',
}

/** Reads a list of names. */
export function strictnessOf(names: readonly string[]): Partial<Strictness> {
  return Object.fromEntries(names.map((name) => [STRICT_NAMES[name], true]))
}

export const LIKE_THE_LIBRARY: Strictness = { blobs: false, records: false, arrayDefaults: false }
