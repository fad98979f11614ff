import { createRequire } from 'node:module'
import type { Node } from 'jsonc-parser'
import type { Location } from './diagnostic.ts'

/** Loaded on demand: most runs have nothing to report. */
const loadParser = (): typeof import('jsonc-parser') => require('jsonc-parser')
const require = createRequire(import.meta.url)

/** A position in a text, counted from 1 as in editors. */
export interface Position {
  readonly line: number
  readonly column: number
  /** Length of the marked range on its first line, at least 1. */
  readonly length: number
}

/**
 * Finds the line and column of a location. The text is parsed for positions only here, when there is a
 * problem: reading documents stays as fast as `JSON.parse`. A path to a missing key is located at the
 * nearest existing value.
 */
export function locate(text: string, at: Location): Position {
  const index = indexOf(text)
  if (at.offset !== undefined) return index.position(at.offset, 1)
  const node = at.path.length > 0 ? index.nearest(at.path) : undefined
  return node ? index.position(node.offset, node.length) : index.position(text.search(/\S|$/), 1)
}

/** A line of a text, counted from 1, without its line ending. */
export function lineOf(text: string, line: number): string {
  return indexOf(text).line(line)
}

/** Sorts diagnostics in reading order: by file as given, then from top to bottom. */
export function inReadingOrder<T extends { readonly at: Location }>(
  diagnostics: readonly T[],
  texts: ReadonlyMap<string, string>,
): T[] {
  const files = new Map([...texts.keys()].map((file, index) => [file, index]))
  return diagnostics
    .map((one) => ({
      one,
      file: files.get(one.at.file) ?? -1,
      place: locate(texts.get(one.at.file) ?? '', one.at),
    }))
    .sort(
      (a, b) => a.file - b.file || a.place.line - b.place.line || a.place.column - b.place.column,
    )
    .map(({ one }) => one)
}

/** Line offsets of the last text: consecutive reports usually concern the same text. */
let latest = { text: '', index: undefined as TextIndex | undefined }

function indexOf(text: string): TextIndex {
  if (latest.index === undefined || latest.text !== text) {
    latest = { text, index: new TextIndex(text) }
  }
  return latest.index as TextIndex
}

/** Undefined for a text nested too deeply for the parser. */
function treeOf(text: string): Node | undefined {
  try {
    return loadParser().parseTree(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** A text with its line offsets and values indexed once. */
class TextIndex {
  readonly #text: string
  readonly #lineStarts: number[]
  #root: Node | undefined | null = null
  readonly #children = new Map<Node, ReadonlyMap<string | number, Node>>()

  constructor(text: string) {
    this.#text = text
    this.#lineStarts = [0]
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
      this.#lineStarts.push(end + 1)
    }
  }

  position(offset: number, length: number): Position {
    const line = this.#lineAt(offset)
    const rest = this.line(line).length - (offset - this.#startOf(line))
    return {
      line,
      column: offset - this.#startOf(line) + 1,
      length: Math.max(1, Math.min(length, rest)),
    }
  }

  line(line: number): string {
    const next = this.#lineStarts[line]
    const end = next === undefined ? this.#text.length : next - 1
    return this.#text.slice(this.#startOf(line), end).replace(/\r$/, '')
  }

  /** The value at a path, or the last existing one on the way to it. */
  nearest(path: Location['path']): Node | undefined {
    if (this.#root === null) this.#root = treeOf(this.#text)
    let node = this.#root
    for (const key of path) {
      const child = node && this.#childrenOf(node).get(key)
      if (child === undefined) break
      node = child
    }
    return node
  }

  #startOf(line: number): number {
    return this.#lineStarts[line - 1] ?? this.#text.length
  }

  /** Binary search for the last line that starts at or before the offset. */
  #lineAt(offset: number): number {
    let [low, high] = [1, this.#lineStarts.length]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#startOf(middle) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  #childrenOf(node: Node): ReadonlyMap<string | number, Node> {
    const known = this.#children.get(node)
    if (known) return known
    const found = new Map<string | number, Node>()
    for (const [index, child] of (node.children ?? []).entries()) {
      // The last of duplicate keys counts, as in `JSON.parse`.
      const [key, value] = child.type === 'property' ? (child.children ?? []) : []
      if (node.type === 'array') found.set(index, child)
      else if (key && value) found.set(String(key.value), value)
    }
    this.#children.set(node, found)
    return found
  }
}
