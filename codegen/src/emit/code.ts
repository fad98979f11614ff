import { escaped, visible } from '../text/invisible.ts'

/**
 * Code as data. A piece of code is text with symbols in it; the import and the local name of each symbol are
 * decided once, when the module is printed. Values from documents can enter only as literals, comments or
 * checked identifiers: {@link code} turns a plain string into a quoted literal, so text from the network can
 * never become code.
 */

/** A declaration in another module. */
export interface ImportedSymbol {
  readonly kind: 'import'
  /** The exported name; `*` for the whole module as a namespace. */
  readonly name: string
  /** The preferred local name; replaced if it is taken. */
  readonly local: string
  readonly from: { readonly package: string } | { readonly module: string }
  /** True if only its type is used, so that the import is erased. */
  readonly typeOnly: boolean
}

/**
 * A name that the language or platform provides, e.g. `Uint8Array`; safe even if a definition has the same name.
 */
export interface GlobalSymbol {
  readonly kind: 'global'
  readonly name: string
}

type Part = string | ImportedSymbol | GlobalSymbol | Code

/** A piece of code, as a tree that is flattened only when printed. */
export class Code {
  readonly parts: readonly Part[]
  /** True if the lines after the first are indented by two more spaces. */
  readonly indented: boolean
  #width: number | undefined

  constructor(parts: readonly Part[], indented = false) {
    this.parts = parts
    this.indented = indented
  }

  /** Approximate number of characters on one line; infinite for several lines. */
  get width(): number {
    this.#width ??= this.parts.reduce((sum: number, part) => sum + widthOf(part), 0)
    return this.#width
  }
}

function widthOf(part: Part): number {
  if (typeof part === 'string') return part.includes('\n') ? Number.POSITIVE_INFINITY : part.length
  return part instanceof Code ? part.width : part.name.length
}

type Insertable = Code | ImportedSymbol | GlobalSymbol | string | number | boolean

/** Tagged template for code; inserted strings, numbers and booleans become literals. */
export function code(strings: TemplateStringsArray, ...values: readonly Insertable[]): Code {
  const row = new Row()
  for (let index = 0; index < strings.length; index++) {
    row.add(strings[index] ?? '')
    const value = values[index]
    if (value !== undefined) row.add(typeof value === 'object' ? value : literal(value))
  }
  return new Code(row.end())
}

/** Consecutive parts. Adjacent text is merged, to keep the tree of a large module small. */
class Row {
  readonly #parts: Part[] = []
  #text = ''

  add(part: Part): void {
    if (typeof part === 'string') this.#text += part
    else if (part instanceof Code && !part.indented && isText(part.parts)) {
      this.#text += part.parts[0] ?? ''
    } else {
      if (this.#text !== '') this.#parts.push(this.#text)
      this.#text = ''
      this.#parts.push(part)
    }
  }

  end(): readonly Part[] {
    if (this.#text !== '') this.#parts.push(this.#text)
    return this.#parts
  }
}

function isText(parts: readonly Part[]): parts is readonly [] | readonly [string] {
  return parts.length === 0 || (parts.length === 1 && typeof parts[0] === 'string')
}

/** An identifier or known fragment of code. Throws on anything that a document could smuggle in. */
export function name(identifier: string): Code {
  if (!/^[A-Za-z_$][\w$]*$/.test(identifier)) throw new Error(`Not an identifier: ${identifier}`)
  return new Code([identifier])
}

/** A property key: bare if the language allows it, otherwise quoted. */
export function key(property: string): Code {
  return new Code([keyText(property)])
}

function keyText(property: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(property) ? property : quote(property)
}

export function join(pieces: readonly Code[], separator: string): Code {
  const row = new Row()
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) row.add(separator)
    row.add(piece)
  }
  return new Code(row.end())
}

export function lines(...pieces: readonly (Code | false | undefined)[]): Code {
  return join(
    pieces.filter((piece) => piece instanceof Code),
    '\n',
  )
}

/**
 * Indents all lines but the first by two spaces. Literals contain no raw newlines, so every newline is formatting.
 */
export function indent(piece: Code): Code {
  return new Code([piece], true)
}

/** `{ … }` with one member per line; `{}` without members. */
export function block(members: readonly Code[]): Code {
  return members.length === 0 ? code`{}` : code`{${indent(code`\n${join(members, '\n')}`)}\n}`
}

/**
 * Text of a doc comment, which can neither end the comment early nor contain a compiler directive.
 */
export class Comment {
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    this.lines = lines
  }
}

/** The doc comment of a declaration, for its structure; empty without text. */
export function docs(text: string | undefined): readonly Comment[] {
  if (text === undefined || text.trim() === '') return []
  const safe = visible(text.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n').replaceAll('\t', '  '))
    .replaceAll('*/', '*\\/')
    .split('\n')
    .map((line) => line.trimEnd())
  while (safe[0] === '') safe.shift()
  while (safe.at(-1) === '') safe.pop()
  safe[0] = safe[0]?.trimStart() ?? ''
  // Lexicons have no field for deprecation; by convention the description begins with the word.
  if (/^\W*deprecated\b/i.test(safe[0])) safe[0] = `@deprecated ${safe[0]}`
  // The compiler obeys directives such as `@ts-expect-error` at the beginning of a comment's last line.
  const isOrder = /^[/*\s]*@ts-/.test(safe[0])
  return [new Comment(safe.length === 1 && isOrder ? ['', ...safe] : safe)]
}

/** The same comment inside a piece of code, such as a type. */
export function docComment({ lines }: Comment): Code {
  return new Code([commentText(lines)])
}

/** The text of a comment with several lines. */
export function commentText(all: readonly string[]): string {
  if (all.length === 1) return `/** ${all[0]} */`
  const written = all.filter((line, index) => index > 0 || line !== '')
  const starred = written.map((line) => (line === '' ? ' *' : ` * ${line}`))
  return `/**\n${starred.join('\n')}\n */`
}

function literal(value: string | number | boolean): string {
  if (typeof value === 'string') return quote(value)
  return Object.is(value, -0) ? '-0' : String(value)
}

/**
 * A single-quoted string literal. JSON's escapes are valid in JavaScript; only the two line separators need
 * escaping as well.
 */
function quote(value: string): string {
  if (ASCII.test(value)) return `'${value.replaceAll(/['\\]/g, '\\$&')}'`
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped(inner)}'`
}

/** Printable ASCII, which covers most strings, even whole documents. */
const ASCII = /^[ -~]*$/
