import type { ParsedDocument } from '../parse/parse.ts'
import { isPattern, matches } from '../select/pattern.ts'
import type { Finding, LintOptions, Path, Rule } from './finding.ts'
import { RULES } from './rules.ts'
import { walk } from './walk.ts'

/** Every finding in a set of checked documents, unordered. */
export function lint(
  documents: readonly ParsedDocument[],
  { ignore = [], severities = {} }: LintOptions = {},
): Finding[] {
  const findings: Finding[] = []
  const ids = new Map(documents.map(({ document, file }) => [file, document.id]))
  const rules = RULES.filter(({ name }) => !ignore.includes(name) && severities[name] !== 'off')
  const places = ignore.filter((one) => one.includes('@'))
  const tell = (rule: Rule, file: string) => (path: Path, message: string) => {
    const place = `${ids.get(file) ?? ''}#${path.slice(1).join('.')}`
    if (places.some((one) => isIgnored(one, rule.name, place))) return
    const given = severities[rule.name]
    const severity = given === undefined || given === 'off' ? (rule.severity ?? 'warning') : given
    const at = { file, path }
    findings.push({ code: rule.name, severity, message, help: rule.help, at, place })
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

/** The rule and the place of an ignore; without a place it applies everywhere. */
export function partsOfIgnore(ignore: string): { readonly rule: string; readonly place?: string } {
  const at = ignore.indexOf('@')
  return at < 0 ? { rule: ignore } : { rule: ignore.slice(0, at), place: ignore.slice(at + 1) }
}

function isIgnored(ignore: string, rule: string, place: string): boolean {
  const { rule: ignored, place: where = '' } = partsOfIgnore(ignore)
  if (ignored !== rule) return false
  const nsid = place.slice(0, place.indexOf('#'))
  if (isPattern(where)) return matches(where, nsid)
  return place === where || place.startsWith(`${where}.`)
}
