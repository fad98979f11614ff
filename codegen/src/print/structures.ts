import {
  type CodeBlockWriter,
  type ImportDeclarationStructure,
  type StatementStructures,
  StructureKind,
  type TypeAliasDeclarationStructure,
  type VariableStatementStructure,
} from 'ts-morph'
import { Code, Comment, commentText } from '../emit/code.ts'
import type { Statement } from '../emit/structure.ts'
import { type NameOf, textOf } from './flatten.ts'

/** A statement in the form ts-morph accepts: a structure or text. */
export type PlainStatement = StatementStructures | string

/** Converts code to text. A statement from an earlier run is reused if its symbols still have the same names. */
export function plainStatements(
  statements: readonly Statement[],
  nameOf: NameOf,
): PlainStatement[] {
  return statements.map((statement) => {
    const known = remembered.get(statement)
    if (known?.names.every(([symbol, name]) => nameOf(symbol) === name)) return known.plain
    const names: (readonly [Named, string])[] = []
    const plain = plainStatement(statement, (symbol) => {
      const name = nameOf(symbol)
      names.push([symbol, name])
      return name
    })
    remembered.set(statement, { names, plain })
    return plain
  })
}

type Named = Parameters<NameOf>[0]

const remembered = new WeakMap<
  Statement,
  { readonly names: readonly (readonly [Named, string])[]; readonly plain: PlainStatement }
>()

function plainStatement(statement: Statement, nameOf: NameOf): PlainStatement {
  if (statement instanceof Code) return textOf(statement, nameOf)
  // `Coded` ensures that the plain result is a valid structure.
  return plain(statement, nameOf) as StatementStructures
}

/** Adds a blank line before each statement, except between imports and between one-line statements. */
export function apart(
  statements: readonly PlainStatement[],
): (StatementStructures | ((writer: CodeBlockWriter) => void))[] {
  return statements.map((statement, index) => {
    if (typeof statement === 'string') return written(statement, index > 0)
    if (statement.kind === StructureKind.ImportDeclaration) return withNamesAtOnce(statement)
    const before = statements[index - 1]
    const isClose = !isCommented(statement) && isOneLine(statement) && isOneLine(before)
    if (isDefinition(statement)) return written(definitionText(statement), !isClose)
    return { ...statement, leadingTrivia: (writer) => writer.blankLineIfLastNot() }
  })
}

function written(text: string, isApart: boolean): (writer: CodeBlockWriter) => void {
  return (writer) => {
    if (isApart) writer.blankLineIfLastNot()
    writer.write(text)
  }
}

type Definition = VariableStatementStructure | TypeAliasDeclarationStructure

function isDefinition(statement: StatementStructures): statement is Definition {
  const { VariableStatement, TypeAlias } = StructureKind
  return statement.kind === VariableStatement || statement.kind === TypeAlias
}

/**
 * Writes a constant or an alias, whose name already contains the rest, as one text: ts-morph would scan a value, which may
 * be a whole document, for a trailing comma, and create several writers for each of thousands of aliases.
 */
function definitionText(statement: Definition): string {
  const { docs = [], isExported } = statement
  const comments = docs.map((one) => commentText(String(one).split('\n')))
  const text =
    statement.kind === StructureKind.TypeAlias
      ? `type ${statement.name}`
      : `${statement.declarationKind ?? ''} ${statement.declarations.map(({ name }) => name).join(', ')}`
  return [...comments, `${isExported ? 'export ' : ''}${text};`].join('\n')
}

/** Joins the names into one text: ts-morph would scan each of several for a trailing comma. */
function withNamesAtOnce(statement: ImportDeclarationStructure): ImportDeclarationStructure {
  const { namedImports } = statement
  if (!Array.isArray(namedImports)) return statement
  return { ...statement, namedImports: (writer) => void writer.write(namedImports.join(', ')) }
}

/** True for an alias or constant that takes one line, apart from its comment. */
function isOneLine(statement: PlainStatement | undefined): boolean {
  if (typeof statement !== 'object' || !isDefinition(statement)) return false
  return statement.kind === StructureKind.VariableStatement || !statement.name.includes('\n')
}

function isCommented(statement: StatementStructures): boolean {
  return 'docs' in statement && (statement.docs ?? []).length > 0
}

/** A structure, or a part of one, with code converted to text. */
function plain(value: unknown, nameOf: NameOf): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Code) return textOf(value, nameOf)
  if (value instanceof Comment) return value.lines.join('\n')
  if (Array.isArray(value)) return value.map((item) => plain(item, nameOf))
  const part: Record<string, unknown> = {}
  for (const key in value) {
    const child = (value as Readonly<Record<string, unknown>>)[key]
    // All statements of a body are code.
    const isBody = key === 'statements' && Array.isArray(child)
    part[key] = isBody ? bodyOf(child, nameOf) : plain(child, nameOf)
  }
  return withTextInName(part)
}

/** The statements of a function as one text, which ts-morph writes at once. */
function bodyOf(statements: readonly Code[], nameOf: NameOf): string {
  return statements.map((statement) => textOf(statement, nameOf)).join('\n')
}

/** The fields of a part that are merged into its name. */
interface Part {
  readonly kind?: StructureKind
  readonly docs?: readonly string[]
  name?: string
  type?: string | undefined
  hasQuestionToken?: boolean | undefined
  initializer?: string | undefined
  typeParameters?: readonly string[] | undefined
  parameters?: readonly Part[]
  properties?: readonly Part[]
}

/**
 * Appends to a name whatever follows it: type parameters, the type of a property, parameter, constant or alias, and the
 * value of a constant; and merges all names of a list into the first. Otherwise ts-morph would indent the lines of a
 * type twice, scan each parameter for a trailing comma, and create tens of thousands of writers.
 */
function withTextInName(part: Part): object {
  const { kind, type, typeParameters, parameters, properties } = part
  if (typeParameters) {
    part.name += `<${typeParameters.join(', ')}>`
    part.typeParameters = undefined
  }
  if (type !== undefined) {
    const mark = kind === StructureKind.TypeAlias ? ' =' : part.hasQuestionToken ? '?:' : ':'
    part.name += `${mark}${type.startsWith('\n') ? '' : ' '}${type}`
    part.type = undefined
    part.hasQuestionToken = undefined
  }
  if (part.initializer !== undefined) {
    part.name += ` = ${part.initializer}`
    part.initializer = undefined
  }
  if (parameters && parameters.length > 1) {
    part.parameters = [{ name: parameters.map(({ name }) => name).join(', ') }]
  }
  if (kind === StructureKind.Interface && properties && properties.length > 1) {
    part.properties = [{ name: properties.map(propertyText).join(';\n') }]
  }
  return part
}

function propertyText({ docs = [], name }: Part): string {
  return [...docs.map((text) => commentText(text.split('\n'))), name].join('\n')
}
