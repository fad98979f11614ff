import { IndentationText, Project, QuoteKind, type SourceFile } from 'ts-morph'
import { commentText } from '../emit/code.ts'
import type { Module } from '../emit/module.ts'
import { checkModules } from './check-modules.ts'
import { type ImportExtension, Imports } from './imports.ts'
import { OWNERSHIP_MARK } from './mark.ts'
import { changeOf, type Piece, piecesOf, replacePieces, type Span, wholeOf } from './pieces.ts'
import { apart, type PlainStatement, plainStatements } from './structures.ts'

/** A file of the output, as text. */
export interface OutputFile {
  /** Path below the output folder, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface PrintOptions {
  /** How generated modules import each other. */
  readonly importExtension: ImportExtension
}

/** A printed module, and its source. */
interface Printed {
  readonly module: Module
  readonly importExtension: ImportExtension
  readonly statements: readonly PlainStatement[]
  /** The text and names of each statement after the header. */
  readonly pieces: readonly Piece[] | undefined
  readonly file: OutputFile
}

/** Modules made before each check: the compiler's trees are many times larger than their text. */
const AT_ONCE = 128

/** Statements of a module being printed, among known ones. */
interface Fresh {
  readonly module: Module
  readonly statements: readonly PlainStatement[]
  readonly span: Span
  readonly source: SourceFile
  readonly known: readonly Piece[]
}

/**
 * Prints modules as text. ts-morph makes each file once, from one structure, and never edits it: an edit would parse
 * the whole file again. A printer caches its last output, so that a later run prints only the statements that differ.
 */
export class Printer {
  readonly #printed = new Map<string, Printed>()

  /** Throws a `ModuleError` for a module whose parsed declarations differ from the model. */
  print(modules: readonly Module[], { importExtension }: PrintOptions): OutputFile[] {
    const others = modules.filter((module) => {
      const known = this.#printed.get(module.path)
      return known?.module !== module || known.importExtension !== importExtension
    })
    for (let first = 0; first < others.length; first += AT_ONCE) {
      this.#make(others.slice(first, first + AT_ONCE), importExtension)
    }
    return modules.flatMap(({ path }) => this.#printed.get(path)?.file ?? [])
  }

  #make(modules: readonly Module[], importExtension: ImportExtension): void {
    const project = new Project({
      useInMemoryFileSystem: true,
      skipLoadingLibFiles: true,
      skipFileDependencyResolution: true,
      manipulationSettings: {
        indentationText: IndentationText.TwoSpaces,
        quoteKind: QuoteKind.Single,
      },
    })
    const fresh = modules.flatMap((module, index): Fresh[] => {
      const known = this.#printed.get(module.path)
      const statements = statementsOf(module, importExtension)
      const pieces = known?.pieces ?? []
      const span =
        known?.pieces === undefined ? wholeOf(statements) : changeOf(known.statements, statements)
      if (!span) return []
      // Named by a number, without folders: ts-morph would look up each folder of a path.
      const source = project.createSourceFile(`${index}.ts`, {
        statements: apart(statements).slice(span.from, span.to),
      })
      return [{ module, statements, span, source, known: pieces }]
    })
    const names = checkModules(
      fresh.map(({ module, statements, span, source, known }) => ({
        module,
        source,
        statements: statements.slice(span.from, span.to),
        kept: keptOf(known, span, statements.length),
      })),
    )
    for (const [index, one] of fresh.entries()) {
      const printed = together(one, names[index] ?? [])
      this.#printed.set(one.module.path, { ...printed, importExtension })
    }
  }
}

/** The names declared by statements that are not printed again. */
function keptOf(known: readonly Piece[], span: Span, total: number): readonly string[] {
  return replacePieces(known, span, { printed: [], total }).flatMap(({ names }) => names)
}

/** The module with its new statements in place. */
function together(
  { module, statements, span, source, known }: Fresh,
  names: readonly (readonly string[])[],
): Omit<Printed, 'importExtension'> {
  const texts = piecesOf(source, span)
  const printed = texts?.map((text, index) => ({ text, names: names[index] ?? [] }))
  const pieces = printed && replacePieces(known, span, { printed, total: statements.length })
  if (!pieces && span.from + statements.length - span.to > 0) {
    throw new Error(`${module.path} has a statement that the compiler parses as several.`)
  }
  const text = pieces ? `${pieces.map((piece) => piece.text).join('')}\n` : source.getFullText()
  return { module, statements, pieces, file: { path: `${module.path}.ts`, text } }
}

function statementsOf(module: Module, extension: ImportExtension): PlainStatement[] {
  const imports = new Imports(module, extension)
  const statements = plainStatements(module.statements, imports.nameOf)
  return [header(module), ...imports.declarations(), ...statements]
}

//= // Generated by lexwright from com.example.get. Do not edit: change the lexicon and run it again.
//= /* eslint-disable */
//= // biome-ignore-all lint: generated
//= // deno-lint-ignore-file
//= /** The document's description. */
function header({ about, docs = [] }: Module): string {
  const mark = `${OWNERSHIP_MARK} from ${about}. Do not edit: change the lexicon and run it again.`
  const own = docs.map((comment) => commentText(comment.lines))
  return [mark, ...LINTERS_OFF, ...own].join('\n')
}

/** ESLint and tools that read its comments, Biome, and Deno. */
const LINTERS_OFF: readonly string[] = [
  '/* eslint-disable */',
  '// biome-ignore-all lint: generated',
  '// deno-lint-ignore-file',
]
