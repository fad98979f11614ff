import {
  type CodeBlockWriter,
  type ImportDeclarationStructure,
  type StatementStructures,
  StructureKind,
} from 'ts-morph'
import { Code, Comment } from '../emit/code.ts'
import type { Statement } from '../emit/structure.ts'
import { type NameOf, textOf } from './flatten.ts'

/** A statement as ts-morph takes it: a structure or text. */
export type PlainStatement = StatementStructures | string

/** Puts text in place of code. */
export function plainStatements(
  statements: readonly Statement[],
  nameOf: NameOf,
): PlainStatement[] {
  return statements.map((statement) =>
    // The type of a coded structure says of each part what it is here.
    statement instanceof Code
      ? textOf(statement, nameOf)
      : (plain(statement, nameOf) as StatementStructures),
  )
}

/** Has a blank line written before each statement, but for imports, and for one line below another. */
export function apart(
  statements: readonly PlainStatement[],
): (StatementStructures | ((writer: CodeBlockWriter) => void))[] {
  return statements.map((statement, index) => {
    if (typeof statement === 'string') {
      return (writer) => {
        if (index > 0) writer.blankLineIfLastNot()
        writer.write(statement)
      }
    }
    if (statement.kind === StructureKind.ImportDeclaration) return withNamesAtOnce(statement)
    const before = statements[index - 1]
    const isClose = !isCommented(statement) && isOneLine(statement) && isOneLine(before)
    return isClose
      ? statement
      : { ...statement, leadingTrivia: (writer) => writer.blankLineIfLastNot() }
  })
}

/** As one text: ts-morph would scan each of several names for where a comma may follow. */
function withNamesAtOnce(statement: ImportDeclarationStructure): ImportDeclarationStructure {
  const { namedImports } = statement
  if (!Array.isArray(namedImports)) return statement
  return { ...statement, namedImports: (writer) => void writer.write(namedImports.join(', ')) }
}

/** True for an alias or a constant that takes one line below its comment. */
function isOneLine(statement: PlainStatement | undefined): boolean {
  if (typeof statement !== 'object') return false
  if (statement.kind === StructureKind.TypeAlias) return !statement.name.includes('\n')
  return statement.kind === StructureKind.VariableStatement
}

function isCommented(statement: StatementStructures): boolean {
  return 'docs' in statement && (statement.docs ?? []).length > 0
}

/** A structure, or a part of one, with text in place of code. */
function plain(value: unknown, nameOf: NameOf): unknown {
  if (value instanceof Code) return textOf(value, nameOf)
  if (value instanceof Comment) return value.lines.join('\n')
  if (Array.isArray(value)) return value.map((item) => plain(item, nameOf))
  if (typeof value !== 'object' || value === null) return value
  const part: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) {
    // The statements of a body are all of them code.
    const isBody = key === 'statements' && Array.isArray(child)
    part[key] = isBody ? bodyOf(child, nameOf) : plain(child, nameOf)
  }
  return part.type === undefined ? part : withTypeAfterName(part)
}

/** The statements of a function as one text, which ts-morph writes at once. */
function bodyOf(statements: readonly Code[], nameOf: NameOf): string {
  return statements.map((statement) => textOf(statement, nameOf)).join('\n')
}

/**
 * Puts the type of a property, a parameter, a constant or an alias into the text of its name, and the value of a constant. On
 * their own, ts-morph would indent their lines once more than the brace that they begin with, and make a writer for each,
 * of which there would be tens of thousands.
 */
function withTypeAfterName(part: Readonly<Record<string, unknown>>): object {
  const { type, hasQuestionToken, name, initializer, ...rest } = part
  if ('typeParameters' in part) return part
  const mark = part.kind === StructureKind.TypeAlias ? ' =' : hasQuestionToken ? '?:' : ':'
  const space = String(type).startsWith('\n') ? '' : ' '
  const value = initializer === undefined ? '' : ` = ${initializer}`
  return { ...rest, name: `${name}${mark}${space}${type}${value}` }
}
