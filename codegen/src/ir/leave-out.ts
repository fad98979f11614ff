import type { ParseResult } from '../parse/parse.ts'
import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'
import { checkReferences } from './references.ts'

/**
 * The documents without problems that depend on none with problems, and a warning for each one left out: the broken
 * ones, and those that refer to something left out or missing.
 */
export function leaveOut(
  parsed: ParseResult,
  isTrusted: (nsid: string) => boolean = () => false,
): ParseResult {
  const warnings = firstOfEachFile(parsed.diagnostics)
  let { documents } = parsed
  for (;;) {
    const ids = new Set(documents.map(({ document }) => document.id))
    const rest = { documents, ids, unreadable: [], all: parsed }
    const lost = firstOfEachFile(checkReferences(rest, isTrusted))
    if (lost.length === 0) break
    warnings.push(...lost)
    const files = new Set(lost.map(({ at }) => at.file))
    documents = documents.filter(({ file }) => !files.has(file))
  }
  // If nothing remains, the warnings become problems.
  if (documents.length === 0) return parsed
  return { ...parsed, documents, diagnostics: [], warnings: [...parsed.warnings, ...warnings] }
}

function firstOfEachFile(problems: readonly Diagnostic[]): Diagnostic[] {
  const byFile = Map.groupBy(problems, ({ at }) => at.file)
  return [...byFile.values()].flatMap(([first]) =>
    first ? [diagnostic('left-out', first.at, `Left out: ${first.message}`)] : [],
  )
}
