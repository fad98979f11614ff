import { type SourceFile, StructureKind, ts } from 'ts-morph'
import type { Module } from '../emit/module.ts'
import type { PlainStatement } from './structures.ts'

/** A module whose parsed declarations differ from the model: a bug of the generator. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError'
}

interface CreatedModule {
  readonly module: Module
  readonly source: SourceFile
  /** The structures the file was made from: the whole module, or its changed statements. */
  readonly statements: readonly PlainStatement[]
  /** The names declared by the rest of the module, which was checked earlier. */
  readonly kept: readonly string[]
}

/**
 * Throws unless every module parses, and imports, exports and declares exactly what the model says. Returns the names
 * that each statement declares, by module.
 */
export function checkModules(
  created: readonly CreatedModule[],
): readonly (readonly (readonly string[])[])[] {
  checkSyntax(created)
  return created.map(({ module, source, statements, kept }) => {
    const found = source.compilerNode.statements
    const declared = found.map((statement) => namesOf(statement, module))
    const all = new Set([...kept, ...declared.flat()])
    expectSame(module, 'declares', [...all], [...new Set(module.declares)])
    const { ImportDeclaration, ExportDeclaration } = StructureKind
    const imported = found.filter(ts.isImportDeclaration).map(specifierOf)
    expectSame(module, 'imports', imported, specifiers(statements, ImportDeclaration))
    const exported = found.filter(ts.isExportDeclaration).map(specifierOf)
    expectSame(module, 'exports', exported, specifiers(statements, ExportDeclaration))
    return declared
  })
}

/** The targets of the import or export declarations among some statements. */
function specifiers(statements: readonly PlainStatement[], kind: StructureKind): string[] {
  return statements.flatMap((statement) => {
    if (typeof statement === 'string' || statement.kind !== kind) return []
    return 'moduleSpecifier' in statement ? (statement.moduleSpecifier ?? LOCAL) : LOCAL
  })
}

/** Represents the module of a declaration without a specifier. */
const LOCAL = 'this module'

function specifierOf({ moduleSpecifier }: ts.ImportDeclaration | ts.ExportDeclaration): string {
  return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : LOCAL
}

function expectSame(
  module: Module,
  does: string,
  found: readonly string[],
  expected: readonly string[],
): void {
  const list = (names: readonly string[]): string => names.toSorted().join(', ') || 'nothing'
  if (list(found) === list(expected)) return
  throw new ModuleError(`${place(module)} ${does} ${list(found)} instead of ${list(expected)}.`)
}

function place({ about, path }: Module): string {
  return `The module of ${about} (${path}.ts)`
}

function checkSyntax(created: readonly CreatedModule[]): void {
  const files = new Map(created.map((one) => [one.source.getFilePath() as string, one]))
  const program = ts.createProgram({
    rootNames: [...files.keys()],
    options: { noEmit: true, noLib: true, noResolve: true, types: [] },
    host: hostOf(new Map([...files].map(([path, { source }]) => [path, source.compilerNode]))),
  })
  const [problem] = program.getSyntacticDiagnostics()
  const module = files.get(problem?.file?.fileName ?? '')?.module
  if (!problem || !module) return
  const before = problem.file?.text.slice(0, problem.start ?? 0) ?? ''
  const message = ts.flattenDiagnosticMessageText(problem.messageText, ' ')
  const line = before.split('\n').length
  throw new ModuleError(`${place(module)} does not parse, line ${line}: ${message}`)
}

/** A compiler host that serves only the parsed files. */
function hostOf(files: ReadonlyMap<string, ts.SourceFile>): ts.CompilerHost {
  return {
    getSourceFile: (path) => files.get(path),
    fileExists: (path) => files.has(path),
    readFile: () => undefined,
    writeFile: () => {},
    resolveModuleNameLiterals: (literals) => literals.map(() => ({ resolvedModule: undefined })),
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  }
}

/** The names that a statement declares; throws if it does anything else. */
function namesOf(statement: ts.Statement, module: Module): readonly string[] {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  const isDeclaration =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement)
  if (isDeclaration && statement.name) return [statement.name.text]
  const text = statement.getText().slice(0, 80)
  throw new ModuleError(`${place(module)} has a statement that declares nothing: ${text}`)
}
