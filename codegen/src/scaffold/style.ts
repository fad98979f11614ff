import type { SourceFile } from 'ts-morph'

/** The formatting of a project's statements. */
export interface Style {
  readonly quote: "'" | '"'
  readonly semicolon: boolean
  readonly newline: '\n' | '\r\n'
}

/** The formatting of a file, derived from its last import and its line endings. */
export function styleOf(file: SourceFile): Style {
  const text = file.getImportDeclarations().at(-1)?.getText() ?? ''
  return {
    quote: text.includes('"') ? '"' : "'",
    semicolon: text.endsWith(';'),
    newline: file.getFullText().includes('\r\n') ? '\r\n' : '\n',
  }
}
