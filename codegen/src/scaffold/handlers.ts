import { posix } from 'node:path'
import { Node, type SourceFile, type VariableDeclaration } from 'ts-morph'
import { code, docComment, docs, lines, name } from '../emit/code.ts'
import type { DocumentModel } from '../ir/model.ts'
import { textOf } from '../print/flatten.ts'
import type { ImportExtension } from '../print/imports.ts'
import type { Style } from './style.ts'

/** An exported handler. */
export interface HandlerFile {
  readonly path: string
  readonly exported: string
}

/** The handlers of a method in the sources. */
interface Handlers {
  /** Exported constants with the type of the method's handler. */
  readonly constants: readonly HandlerFile[]
  /** Other files that use this type, such as one with a function that makes the handler. */
  readonly others: readonly string[]
}

const HANDLER_TYPES = ['Handler', 'Config']

/** Finds the handlers of a method by the types `Handler` and `Config` of its generated module. */
export function findHandlers(files: readonly SourceFile[], module: string): Handlers {
  const found = files.flatMap((file) => {
    const types = handlerTypes(file, module)
    if (types.length === 0) return []
    const path = file.getFilePath().slice(1)
    const constants = file
      .getVariableDeclarations()
      .filter((one) => types.includes(typeOf(one)))
      .flatMap((one) => exportedAs(one))
      .map((exported) => ({ path, exported }))
    return [{ path, constants }]
  })
  return {
    constants: found.flatMap(({ constants }) => constants),
    others: found.filter(({ constants }) => constants.length === 0).map(({ path }) => path),
  }
}

/** The local names of a module's handler types that a file uses. */
function handlerTypes(file: SourceFile, module: string): string[] {
  const path = file.getFilePath().slice(1)
  return file
    .getImportDeclarations()
    .filter((one) => resolvesTo(path, one.getModuleSpecifierValue(), module))
    .flatMap((one) => {
      const all = one.getNamespaceImport()?.getText()
      const named = one
        .getNamedImports()
        .filter((type) => HANDLER_TYPES.includes(type.getName()))
        .map((type) => type.getAliasNode()?.getText() ?? type.getName())
      if (all === undefined) return named
      const types = HANDLER_TYPES.map((type) => `${all}.${type}`)
      return types.filter((type) => file.getFullText().includes(type))
    })
}

/** The type of a constant, without arguments: of `const greet: Handler<void> = …` or `… satisfies Handler`. */
function typeOf(constant: VariableDeclaration): string {
  const value = constant.getInitializer()
  const type =
    constant.getTypeNode() ?? (Node.isSatisfiesExpression(value) ? value.getTypeNode() : undefined)
  return type?.getText().replace(/<.*/s, '') ?? ''
}

/** The name under which a file exports a constant, if it has one besides `default`. */
function exportedAs(constant: VariableDeclaration): string[] {
  if (constant.getVariableStatement()?.hasExportKeyword()) return [constant.getName()]
  return constant
    .getSourceFile()
    .getExportDeclarations()
    .filter((one) => !one.hasModuleSpecifier())
    .flatMap((one) => one.getNamedExports())
    .filter((one) => one.getName() === constant.getName())
    .map((one) => one.getAliasNode()?.getText() ?? one.getName())
    .filter((name) => name !== 'default')
}

/** The local name of an already imported handler. */
export function importedName(
  file: SourceFile,
  { path, exported }: HandlerFile,
): string | undefined {
  const from = file.getFilePath().slice(1)
  if (path === from) return exported
  const known = file
    .getImportDeclarations()
    .filter((one) => resolvesTo(from, one.getModuleSpecifierValue(), withoutEnding(path)))
    .flatMap((one) => one.getNamedImports())
    .find((one) => one.getName() === exported)
  return known && (known.getAliasNode()?.getText() ?? known.getName())
}

function resolvesTo(from: string, specifier: string, module: string): boolean {
  const path = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier
  return withoutEnding(path) === module
}

/** A path without the ending of a TypeScript or JavaScript module. */
export function withoutEnding(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '')
}

//= import { MethodNotImplementedError } from '@atproto/xrpc-server'
//= import type { Handler } from '../../generated/types/com/example/greet.ts'
//=
//= /** Greets somebody by name. */
//= export const greet: Handler = async () => {
//=   throw new MethodNotImplementedError()
//= }
/** A handler that answers with 501. */
export function handlerText(
  { method }: DocumentModel,
  options: { readonly exported: string; readonly specifier: string; readonly style: Style },
): string {
  const { exported, specifier, style } = options
  const end = style.semicolon ? code`;` : code``
  const start = method?.kind === 'subscription' ? code`async function* () {` : code`async () => {`
  const text = lines(
    code`import { MethodNotImplementedError } from ${'@atproto/xrpc-server'}${end}`,
    code`import type { Handler } from ${specifier}${end}`,
    code``,
    ...docs(method?.description).map(docComment),
    code`export const ${name(exported)}: Handler = ${start}`,
    code`  throw new MethodNotImplementedError()${end}`,
    code`}${end}`,
  )
  const written = textOf(text, (symbol) => symbol.name)
  const quoted = style.quote === '"' ? written.replace(/ from '([^']*)'/g, ' from "$1"') : written
  return `${quoted}\n`.replaceAll('\n', style.newline)
}

/** The import specifier from one file to another. */
export function specifierTo(from: string, to: string, extension: ImportExtension): string {
  const relative = posix.relative(posix.dirname(from), to)
  return (relative.startsWith('../') ? relative : `./${relative}`) + extension
}
