import type { SourceFile } from 'ts-morph'
import type { PlainStatement } from './structures.ts'

/** A printed statement. */
export interface Piece {
  /** Its text, including everything that precedes it. */
  readonly text: string
  /** The names it declares. */
  readonly names: readonly string[]
}

/** The statements of a module to print: from one index up to, but excluding, another. */
export interface Span {
  readonly from: number
  readonly to: number
}

export function wholeOf(statements: readonly PlainStatement[]): Span {
  return { from: 0, to: statements.length }
}

/**
 * The statements that differ from those printed before, with one neighbour on each side: a blank line between two
 * statements depends on both. The header counts as a statement, and belongs to the first one. `undefined` if nothing
 * differs.
 */
export function changeOf(
  before: readonly PlainStatement[],
  after: readonly PlainStatement[],
): Span | undefined {
  const most = Math.min(before.length, after.length)
  let first = 0
  while (first < most && isSame(before[first], after[first])) first++
  if (first === before.length && first === after.length) return undefined
  let last = 0
  while (last < most - first && isSame(before.at(-1 - last), after.at(-1 - last))) last++
  return {
    from: first <= 2 ? 0 : first - 1,
    to: Math.min(after.length - last + 1, after.length),
  }
}

/** Compares two statements or parts of them; `isDeepStrictEqual` takes several times as long. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [one, other] = [Object.entries(a), b as Readonly<Record<string, unknown>>]
  return (
    one.length === Object.keys(b).length &&
    one.every(([key, value]) => key in other && isSame(value, other[key]))
  )
}

/**
 * The text of each statement including what precedes it; `undefined` if the compiler finds a different
 * number of statements.
 */
export function piecesOf({ compilerNode }: SourceFile, { from, to }: Span): string[] | undefined {
  // To the compiler the header is not a statement.
  const count = from === 0 ? to - 1 : to - from
  if (compilerNode.statements.length !== count) return undefined
  let end = 0
  return compilerNode.statements.map((statement) => {
    const text = compilerNode.text.slice(end, statement.end)
    end = statement.end
    return text
  })
}

/** Inserts newly printed pieces among the previous ones. */
export function replacePieces(
  before: readonly Piece[],
  { from, to }: Span,
  { printed, total }: { readonly printed: readonly Piece[]; readonly total: number },
): Piece[] {
  // The first of several was printed only as context for the next one, and lacks its own.
  const fresh = from === 0 ? printed : printed.slice(1)
  return [...before.slice(0, from), ...fresh, ...before.slice(before.length - (total - to))]
}
