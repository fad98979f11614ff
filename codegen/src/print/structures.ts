import { type CodeBlockWriter, type StatementStructures, StructureKind } from 'ts-morph'
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

/** Has a blank line written before each statement but an import. */
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
    return statement.kind === StructureKind.ImportDeclaration
      ? statement
      : { ...statement, leadingTrivia: (writer) => writer.blankLineIfLastNot() }
  })
}

/** A structure, or a part of one, with text in place of code. */
function plain(value: unknown, nameOf: NameOf): unknown {
  if (value instanceof Code) return textOf(value, nameOf)
  if (value instanceof Comment) return value.lines.join('\n')
  if (Array.isArray(value)) return value.map((item) => plain(item, nameOf))
  if (typeof value !== 'object' || value === null) return value
  const part: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) part[key] = plain(child, nameOf)
  return part.type === undefined ? part : withTypeAfterName(part)
}

/**
 * Puts the type of a property, a parameter or an alias into the text of its name. On its own, ts-morph would indent its
 * lines once more than the brace that it begins with, and make a writer for it, of which there would be tens of thousands.
 */
function withTypeAfterName(part: Readonly<Record<string, unknown>>): object {
  const { type, hasQuestionToken, name, ...rest } = part
  if ('initializer' in part || 'typeParameters' in part) return part
  const mark = part.kind === StructureKind.TypeAlias ? ' =' : hasQuestionToken ? '?:' : ':'
  const space = String(type).startsWith('\n') ? '' : ' '
  return { ...rest, name: `${name}${mark}${space}${type}` }
}
