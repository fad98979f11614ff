import type { ParsedDocument } from '../parse/parse.ts'
import type { Finding, Path } from './finding.ts'
import { RULES } from './rules.ts'
import { walk } from './walk.ts'

/** Everything the rules find in a set of checked documents, in no particular order. */
export function lint(
  documents: readonly ParsedDocument[],
  ignored: readonly string[] = [],
): Finding[] {
  const findings: Finding[] = []
  const rules = RULES.filter(({ name }) => !ignored.includes(name))
  const tell = (rule: (typeof RULES)[number], file: string) => (path: Path, message: string) => {
    findings.push({ code: rule.name, message, help: rule.help, at: { file, path } })
  }
  for (const { document, file } of documents) {
    for (const rule of rules) rule.document?.(document, tell(rule, file))
    const perSchema = rules.flatMap((rule) =>
      rule.schema ? [{ check: rule.schema, report: tell(rule, file) }] : [],
    )
    walk(document, (place) => {
      for (const { check, report } of perSchema) check(place, report)
    })
  }
  for (const rule of rules) {
    rule.set?.(documents, (file, path, message) => tell(rule, file)(path, message))
  }
  return findings
}
