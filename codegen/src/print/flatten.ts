import { Code, type GlobalSymbol, type ImportedSymbol } from '../emit/code.ts'

/** A stretch of text, or a symbol whose local name is still to be decided. */
export type Piece = string | ImportedSymbol | GlobalSymbol

/** Statements with a blank line between them → what they are made of, in a row and indented. */
export function flatten(statements: readonly Code[]): readonly Piece[] {
  const pieces: Piece[] = []
  const write = ({ parts, indented }: Code, newline: string): void => {
    const inner = indented ? `${newline}  ` : newline
    for (const part of parts) {
      if (part instanceof Code) write(part, inner)
      else if (typeof part !== 'string' || inner === '\n') pieces.push(part)
      else pieces.push(part.includes('\n') ? part.replaceAll('\n', inner) : part)
    }
  }
  for (const [index, statement] of statements.entries()) {
    if (index > 0) pieces.push('\n\n')
    write(statement, '\n')
  }
  return pieces
}
