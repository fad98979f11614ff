import type { SourceFile } from 'ts-morph'

/** How a project writes its statements. */
export interface Style {
  readonly quote: "'" | '"'
  readonly semicolon: boolean
}

/** The style of a file, as its imports show it. */
export function styleOf(file: SourceFile): Style {
  const text = file.getImportDeclarations().at(-1)?.getText() ?? ''
  return { quote: text.includes('"') ? '"' : "'", semicolon: text.endsWith(';') }
}
