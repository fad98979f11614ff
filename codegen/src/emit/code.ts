import { escaped, visible } from '../text/invisible.ts'

/**
 * Code as data. A piece of code is text with symbols in it; which module a symbol is imported from, and under
 * which local name, is decided once, when the module is printed. Values that come from documents can only
 * enter as literals, comments or checked identifiers: a plain string put into {@link code} becomes a quoted
 * string literal, so text from the network can never turn into code.
 */

/** Something declared in another module. */
export interface ImportedSymbol {
  readonly kind: 'import'
  /** The exported name; `*` for the whole module as a namespace. */
  readonly name: string
  /** The local name wished for; another is chosen when it is taken. */
  readonly local: string
  readonly from: { readonly package: string } | { readonly module: string }
  /** True if only its type is used, so that the import vanishes at run time. */
  readonly typeOnly: boolean
}

/** Something the language or platform provides, e.g. `Uint8Array`; safe even where a definition has that name. */
export interface GlobalSymbol {
  readonly kind: 'global'
  readonly name: string
}

type Part = string | ImportedSymbol | GlobalSymbol | Code

/** A piece of code, as a tree that is only flattened when it is printed. */
export class Code {
  readonly parts: readonly Part[]
  /** True if lines after the first stand two spaces further to the right than those around it. */
  readonly indented: boolean
  #width: number | undefined

  constructor(parts: readonly Part[], indented = false) {
    this.parts = parts
    this.indented = indented
  }

  /** Roughly how many characters the code takes on one line; infinite when it takes several. */
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

/** Parts in a row. Text next to text becomes one part: a tree for all of a large module has to stay small. */
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

/** An identifier or a known fragment of code. Throws on anything a document could smuggle in. */
export function name(identifier: string): Code {
  if (!/^[A-Za-z_$][\w$]*$/.test(identifier)) throw new Error(`Not an identifier: ${identifier}`)
  return new Code([identifier])
}

/** A property key: bare where the language allows it, quoted elsewhere. */
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

/** Moves all lines but the first two spaces to the right. Literals hold no raw newline, so every newline is ours. */
export function indent(piece: Code): Code {
  return new Code([piece], true)
}

/** `{ … }` with one member per line; `{}` when there is none. */
export function block(members: readonly Code[]): Code {
  return members.length === 0 ? code`{}` : code`{${indent(code`\n${join(members, '\n')}`)}\n}`
}

/** Text of a doc comment. It can neither end the comment early nor give the compiler an order. */
export class Comment {
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    this.lines = lines
  }
}

/** The doc comment of a declaration, for its structure; none without a text. */
export function docs(text: string | undefined): readonly Comment[] {
  if (text === undefined || text.trim() === '') return []
  const safe = visible(text.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n').replaceAll('\t', '  '))
    .replaceAll('*/', '*\\/')
    .split('\n')
    .map((line) => line.trimEnd())
  while (safe[0] === '') safe.shift()
  while (safe.at(-1) === '') safe.pop()
  safe[0] = safe[0]?.trimStart() ?? ''
  // Lexicons have no field for it; a description that begins with the word is the custom.
  if (/^\W*deprecated\b/i.test(safe[0])) safe[0] = `@deprecated ${safe[0]}`
  // The compiler obeys `@ts-expect-error` and `@ts-expect-error` at the beginning of a comment's last line.
  const isOrder = /^[/*\s]*@ts-/.test(safe[0])
  return [new Comment(safe.length === 1 && isOrder ? ['', ...safe] : safe)]
}

/** The same comment inside a piece of code, such as a type. */
export function docComment({ lines }: Comment): Code {
  return new Code([commentText(lines)])
}

/** The comment of some lines. */
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

/** A single-quoted string literal. JSON's escapes are a subset of JavaScript's, bar the two line separators. */
function quote(value: string): string {
  if (ASCII.test(value)) return `'${value.replaceAll(/['\\]/g, '\\$&')}'`
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped(inner)}'`
}

/** Printable ASCII, as most strings are, whole documents too. */
const ASCII = /^[ -~]*$/
