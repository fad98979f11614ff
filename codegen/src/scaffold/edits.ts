import { NewLineKind, Node, type ObjectLiteralExpression, type SourceFile } from 'ts-morph'
import { styleOf } from './style.ts'

/** Text to insert into a file. */
export interface Edit {
  readonly at: number
  readonly text: string
}

/** Applies edits to the text of a file. */
export function edited(file: SourceFile, edits: readonly Edit[]): string {
  const { CarriageReturnLineFeed, LineFeed } = NewLineKind
  const isWindows = styleOf(file).newline === '\r\n'
  // ts-morph writes the line endings of its settings.
  file.getProject().manipulationSettings.set({
    newLineKind: isWindows ? CarriageReturnLineFeed : LineFeed,
  })
  const last = edits.toSorted((a, b) => b.at - a.at)
  for (const { at, text } of last) file.insertText(at, text)
  return file.getFullText()
}

/** Adds properties to an object, in its layout. */
export function addProperties(
  object: ObjectLiteralExpression,
  properties: readonly string[],
): Edit[] {
  const last = object.getProperties().at(-1)
  const close = object.getEnd() - 1
  const all = properties.join(', ')
  const text = object.getSourceFile().getFullText()
  const lineStart = text.lastIndexOf('\n', close) + 1
  const closesLine = lineStart > object.getStart() && text.slice(lineStart, close).trim() === ''
  if (!closesLine) {
    if (last) return [{ at: last.getEnd(), text: `, ${all}` }]
    const inside = text.slice(object.getStart() + 1, close)
    if (inside.trim() !== '') return [{ at: close, text: `${all} ` }]
    return [{ at: object.getStart() + 1, text: inside === '' ? ` ${all} ` : ` ${all}` }]
  }
  const indentation = last
    ? indentationAt(last.getStart(true), text)
    : indentationInside(text.slice(object.getStart() + 1, lineStart), text.slice(lineStart, close))
  const { newline } = styleOf(object.getSourceFile())
  const lines = properties.map((property) => `${indentation}${property},${newline}`).join('')
  const needsComma = last && !hasCommaAfter(object)
  return [...(needsComma ? [{ at: last.getEnd(), text: ',' }] : []), { at: lineStart, text: lines }]
}

function indentationAt(start: number, text: string): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  return /^[ \t]*/.exec(text.slice(lineStart, start))?.[0] ?? ''
}

/** The indentation of the comments in an object without properties, or a level more than its closing brace. */
function indentationInside(comments: string, closing: string): string {
  const own = /\n([ \t]*)\S/.exec(comments)?.[1]
  return own ?? closing + (closing.includes('\t') ? '\t' : '  ')
}

function hasCommaAfter(object: ObjectLiteralExpression): boolean {
  return object.compilerNode.properties.hasTrailingComma === true
}

/** Adds import declarations after the existing ones and the comment at their end. */
export function addImports(file: SourceFile, declarations: readonly string[]): Edit[] {
  if (declarations.length === 0) return []
  const { newline } = styleOf(file)
  const last = file.getImportDeclarations().at(-1)
  if (!last) return [{ at: 0, text: declarations.map((one) => one + newline).join('') }]
  const at = last.getTrailingCommentRanges().at(-1)?.getEnd() ?? last.getEnd()
  return [{ at, text: declarations.map((one) => newline + one).join('') }]
}

/** The identifiers in a file, except names of properties that it reads. */
export function namesIn(file: SourceFile): string[] {
  return file
    .getDescendants()
    .filter(Node.isIdentifier)
    .filter((node) => !Node.isPropertyAccessExpression(node.getParent()) || isBase(node))
    .map((node) => node.getText())
}

function isBase(node: Node): boolean {
  const parent = node.getParent()
  return Node.isPropertyAccessExpression(parent) && parent.getExpression() === node
}
