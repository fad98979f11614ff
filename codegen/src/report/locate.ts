import { createRequire } from 'node:module'
import type { Node } from 'jsonc-parser'
import type { Location } from './diagnostic.ts'

/** Most runs have nothing to report, so the parser that knows positions is loaded by those that have. */
const loadParser = (): typeof import('jsonc-parser') => require('jsonc-parser')
const require = createRequire(import.meta.url)

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
  const index = indexOf(text)
  if (at.offset !== undefined) return index.position(at.offset, 1)
  const node = at.path.length > 0 ? index.nearest(at.path) : undefined
  return node ? index.position(node.offset, node.length) : index.position(text.search(/\S|$/), 1)
}

/** A line of a text, counted from 1, without its end. */
export function lineOf(text: string, line: number): string {
  return indexOf(text).line(line)
}

/** Puts diagnostics in the order a reader meets them: by file as given, then from top to bottom. */
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

/** Line offsets of the latest text: many reports in a row are about one text. */
let latest = { text: '', index: undefined as TextIndex | undefined }

function indexOf(text: string): TextIndex {
  if (latest.index === undefined || latest.text !== text) {
    latest = { text, index: new TextIndex(text) }
  }
  return latest.index as TextIndex
}

/** Nothing for a text that is nested beyond what the parser of positions can take. */
function treeOf(text: string): Node | undefined {
  try {
    return loadParser().parseTree(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** A text with its lines counted, and its values found by key, once. */
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

  /** The value at a path, or the last one on the way to it that exists. */
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

  /** The last line that starts at or before the offset, by halving. */
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
      // Of a key that stands twice, the last counts, as for `JSON.parse`.
      const [key, value] = child.type === 'property' ? (child.children ?? []) : []
      if (node.type === 'array') found.set(index, child)
      else if (key && value) found.set(String(key.value), value)
    }
    this.#children.set(node, found)
    return found
  }
}
