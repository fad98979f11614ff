import { Code, type GlobalSymbol, type ImportedSymbol } from '../emit/code.ts'

/** The name of a symbol in a module. */
export type NameOf = (symbol: ImportedSymbol | GlobalSymbol) => string

/** A piece of code as text, with its symbols named. */
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
