import { Code, Comment, type GlobalSymbol, type ImportedSymbol } from '../emit/code.ts'
import type { Statement } from '../emit/structure.ts'

/** The name of a symbol in a module. */
export type NameOf = (symbol: ImportedSymbol | GlobalSymbol) => string

/** Visits every symbol in the code of some statements. */
export function forEachSymbol(
  statements: readonly Statement[],
  visit: (symbol: ImportedSymbol | GlobalSymbol) => void,
): void {
  const walkCode = ({ parts }: Code): void => {
    for (const part of parts) {
      if (part instanceof Code) walkCode(part)
      else if (typeof part !== 'string') visit(part)
    }
  }
  const walk = (value: unknown): void => {
    if (value instanceof Code) walkCode(value)
    else if (Array.isArray(value)) value.forEach(walk)
    else if (typeof value === 'object' && value !== null && !(value instanceof Comment)) {
      Object.values(value).forEach(walk)
    }
  }
  walk(statements)
}

/** A piece of code as text, its symbols named. */
export function textOf(code: Code, nameOf: NameOf): string {
  let text = ''
  const write = ({ parts, indented }: Code, newline: string): void => {
    const inner = indented ? `${newline}  ` : newline
    for (const part of parts) {
      if (part instanceof Code) write(part, inner)
      else if (typeof part !== 'string') text += nameOf(part)
      else text += inner === '\n' ? part : part.replaceAll('\n', inner)
    }
  }
  write(code, '\n')
  return text
}
