import { findNodeAtLocation, parseTree } from 'jsonc-parser'
import type { Location } from './diagnostic.ts'

/** A place in a text, counted from 1 as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
  /** How many characters the marked piece spans on its first line, at least 1. */
  readonly length: number
}

/**
 * Finds the line and column of a location. The text is only parsed for positions here, when something is
 * wrong with it: reading documents stays as fast as `JSON.parse`. A path that leads to a missing key is
 * located at the nearest value that exists.
 */
export function locate(text: string, at: Location): Position {
  if (at.offset !== undefined) return position(text, at.offset, 1)
  const root = at.path.length > 0 && parseTree(text)
  if (!root) return position(text, text.search(/\S|$/), 1)
  for (let depth = at.path.length; depth >= 0; depth--) {
    const node = findNodeAtLocation(root, at.path.slice(0, depth))
    if (node) return position(text, node.offset, node.length)
  }
  return position(text, root.offset, 1)
}

/** Puts diagnostics in the order a reader meets them: by file as given, then from top to bottom. */
export function inReadingOrder<T extends { readonly at: Location }>(
  diagnostics: readonly T[],
  texts: ReadonlyMap<string, string>,
): T[] {
  const files = [...texts.keys()]
  return diagnostics
    .map((one) => ({
      one,
      file: files.indexOf(one.at.file),
      place: locate(texts.get(one.at.file) ?? '', one.at),
    }))
    .sort(
      (a, b) => a.file - b.file || a.place.line - b.place.line || a.place.column - b.place.column,
    )
    .map(({ one }) => one)
}

function position(text: string, offset: number, length: number): Position {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const lineStart = before.lastIndexOf('\n') + 1
  const lineEnd = text.indexOf('\n', offset)
  const rest = (lineEnd < 0 ? text.length : lineEnd) - offset
  return { line, column: offset - lineStart + 1, length: Math.max(1, Math.min(length, rest)) }
}
