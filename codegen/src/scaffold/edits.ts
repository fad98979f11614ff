import { Node, type ObjectLiteralExpression, type SourceFile } from 'ts-morph'

/** Text to insert into a file. */
export interface Edit {
  readonly at: number
  readonly text: string
}

/** Applies edits to the text of a file. */
export function edited(file: SourceFile, edits: readonly Edit[]): string {
  const last = edits.toSorted((a, b) => b.at - a.at)
  for (const { at, text } of last) file.insertText(at, text)
  return file.getFullText()
}

/** Adds properties to an object, in its layout. */
export function addProperties(
  object: ObjectLiteralExpression,
  properties: readonly string[],
): Edit[] {
  const present = object.getProperties()
  const last = present.at(-1)
  const close = object.getEnd() - 1
  const all = properties.join(', ')
  if (!last) {
    const inside = object.getText().slice(1, -1)
    if (inside.trim() === '') {
      return [{ at: object.getStart() + 1, text: inside === '' ? ` ${all} ` : ` ${all}` }]
    }
  }
  const text = object.getSourceFile().getFullText()
  const lineStart = text.lastIndexOf('\n', close) + 1
  const closesLine = lineStart > object.getStart() && text.slice(lineStart, close).trim() === ''
  if (!closesLine) {
    return last ? [{ at: last.getEnd(), text: `, ${all}` }] : [{ at: close, text: `${all} ` }]
  }
  const indentation = last ? indentationOf(last, text) : `${text.slice(lineStart, close)}  `
  const lines = properties.map((property) => `${indentation}${property},\n`).join('')
  const needsComma = last && !hasCommaAfter(object)
  return [...(needsComma ? [{ at: last.getEnd(), text: ',' }] : []), { at: lineStart, text: lines }]
}

function indentationOf(node: Node, text: string): string {
  const start = node.getStart(true)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  return /^[ \t]*/.exec(text.slice(lineStart, start))?.[0] ?? ''
}

function hasCommaAfter(object: ObjectLiteralExpression): boolean {
  return object.compilerNode.properties.hasTrailingComma === true
}

/** Adds import declarations after the existing ones. */
export function addImports(file: SourceFile, declarations: readonly string[]): Edit[] {
  if (declarations.length === 0) return []
  const at = file.getImportDeclarations().at(-1)?.getEnd()
  if (at === undefined) return [{ at: 0, text: `${declarations.join('\n')}\n` }]
  return [{ at, text: declarations.map((one) => `\n${one}`).join('') }]
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
