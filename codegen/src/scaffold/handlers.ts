import { posix } from 'node:path'
import type { SourceFile } from 'ts-morph'
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

const HANDLER_TYPES = ['Handler', 'Config']

/**
 * Finds the handler of a method: the only constant with the type `Handler` or `Config` of its generated
 * module.
 */
export function findHandler(
  files: readonly SourceFile[],
  module: string,
): HandlerFile | readonly HandlerFile[] {
  const found = files.flatMap((file): HandlerFile[] => {
    const path = file.getFilePath().slice(1)
    const types = file
      .getImportDeclarations()
      .filter((one) => resolvesTo(path, one.getModuleSpecifierValue(), module))
      .flatMap((one) => {
        const all = one.getNamespaceImport()?.getText()
        const named = one
          .getNamedImports()
          .filter((type) => HANDLER_TYPES.includes(type.getName()))
          .map((type) => type.getAliasNode()?.getText() ?? type.getName())
        return all === undefined ? named : HANDLER_TYPES.map((type) => `${all}.${type}`)
      })
    return file
      .getVariableDeclarations()
      .filter((one) => one.getVariableStatement()?.hasExportKeyword())
      .filter((one) => types.includes(one.getTypeNode()?.getText().replace(/<.*/s, '') ?? ''))
      .map((one) => ({ path, exported: one.getName() }))
  })
  return found.length === 1 && found[0] ? found[0] : found
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
    .filter((one) => resolvesTo(from, one.getModuleSpecifierValue(), path.replace(/\.ts$/, '')))
    .flatMap((one) => one.getNamedImports())
    .find((one) => one.getName() === exported)
  return known && (known.getAliasNode()?.getText() ?? known.getName())
}

function resolvesTo(from: string, specifier: string, module: string): boolean {
  const path = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier
  return path.replace(/\.[jt]s$/, '') === module
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
  return `${style.quote === '"' ? written.replace(/ from '([^']*)'/g, ' from "$1"') : written}\n`
}

/** The import specifier from one file to another. */
export function specifierTo(from: string, to: string, extension: ImportExtension): string {
  const relative = posix.relative(posix.dirname(from), to)
  return (relative.startsWith('../') ? relative : `./${relative}`) + extension
}
