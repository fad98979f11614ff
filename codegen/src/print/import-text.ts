import { createRequire } from 'node:module'
import type { ImportDeclarationStructure } from 'ts-morph'
import type { Import } from './imports.ts'

/** Begins to print import declarations; the function it returns has their texts, a line each. */
export type ImportPrinter = (declarations: readonly Import[]) => () => readonly string[]

/**
 * The compiler is loaded when it is first needed: that takes longer than everything else, and a run that changes
 * nothing, or prints in a thread, does without.
 */
const load = (): typeof import('ts-morph') => require('ts-morph')
const require = createRequire(import.meta.url)

/** Prints here and now. */
export const printImportsHere: ImportPrinter = (declarations) => {
  const texts = importTexts(declarations)
  return () => texts
}

//= import { validate } from '../../../lexicons.ts'
/** Puts all of them into one source file: parsing is what takes long, and a file is parsed once. */
export function importTexts(declarations: readonly Import[]): readonly string[] {
  const { IndentationText, Project, QuoteKind, StructureKind } = load()
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      quoteKind: QuoteKind.Single,
    },
  })
  const file = project.createSourceFile('imports.ts', {
    statements: declarations.map(
      (declaration): ImportDeclarationStructure => ({
        kind: StructureKind.ImportDeclaration,
        ...structureOf(declaration),
      }),
    ),
  })
  return file.getFullText().replace(/;$/gm, '').trimEnd().split('\n')
}

function structureOf(declaration: Import): Omit<ImportDeclarationStructure, 'kind'> {
  const { specifier, typeOnly, namespace, named } = declaration
  return {
    moduleSpecifier: specifier,
    isTypeOnly: typeOnly,
    ...(namespace !== undefined && { namespaceImport: namespace }),
    namedImports: named.map(({ name, local, typeOnly: isType }) => ({
      name,
      ...(local !== name && { alias: local }),
      isTypeOnly: isType && !typeOnly,
    })),
  }
}

/** Loads the compiler, so that it is there when it is needed. */
export function loadCompiler(): void {
  load()
}
