import { createRequire } from 'node:module'
import type { ImportDeclarationStructure } from 'ts-morph'
import type { Import } from './imports.ts'
import { plainImport } from './plain-import.ts'

/** The compiler is loaded when it is first needed: that takes longer than everything else. */
const load = (): typeof import('ts-morph') => require('ts-morph')
const require = createRequire(import.meta.url)

/** The text of each import declaration, a line each, in the order given. */
export function importTexts(declarations: readonly Import[]): readonly string[] {
  const plain = declarations.map(plainImport)
  const odd = declarations.filter((_, index) => plain[index] === undefined)
  if (odd.length === 0) return plain as readonly string[]
  const printed = printWithCompiler(odd).values()
  return plain.map((text) => text ?? printed.next().value ?? '')
}

//= import { validate } from '../../../lexicons.ts'
/** Puts all of them into one source file: parsing is what takes long, and a file is parsed once. */
export function printWithCompiler(declarations: readonly Import[]): readonly string[] {
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
