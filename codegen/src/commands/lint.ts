import { Command } from 'commander'
import { nearest } from '../config/suggest.ts'
import { installedIds, MANIFEST_FILE } from '../install/manifest.ts'
import type { Severity } from '../lint/finding.ts'
import { lint, partsOfIgnore } from '../lint/lint.ts'
import { RULES } from '../lint/rules.ts'
import { parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import { invalid } from '../report/invalid.ts'
import { inReadingOrder } from '../report/locate.ts'
import { locateAll } from '../report/render.ts'
import { select } from '../select/select.ts'
import { addInputOptions, checkMatched, type InputFlags, resolveInput } from './input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  green,
  plural,
  printJson,
  showReports,
  type Terminal,
  UsageError,
} from './terminal.ts'

interface LintFlags extends InputFlags {
  readonly ignore?: readonly string[]
}

const HELP = `
Examples:
  $ lexwright lint
  $ lexwright lint --include 'com.example.*' --ignore closed-enum missing-description
  $ lexwright lint --ignore closed-enum@com.example.size#main.properties.unit

Rules (errors and warnings should be corrected, infos are deviations from convention):
${RULES.map(({ name, finds, severity = 'warning' }) => `  ${name.padEnd(26)}${severity.padEnd(9)}${finds}`).join('\n')}
${EXIT_CODES}`

export function lintCommand(terminal: Terminal): Command {
  return addInputOptions(new Command('lint').description('Find problems in valid lexicons.'))
    .option(
      '--ignore <rule...>',
      'rules to ignore besides those in the configuration; rule@com.example.get#main ignores one place',
    )
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', HELP)
    .action(async (flags: LintFlags) => terminal.exit(await runLint(flags, terminal)))
}

async function runLint(flags: LintFlags, terminal: Terminal): Promise<ExitCode> {
  const started = performance.now()
  const { input, config } = await resolveInput(flags)
  const ignore = [...(config.lintIgnore ?? []), ...(flags.ignore ?? [])]
  const severities = config.lint ?? {}
  checkNames([...ignore.map((one) => partsOfIgnore(one).rule), ...Object.keys(severities)])
  const sources = await readSources(input)
  const parsed = parse(sources, input)
  const problems = parsed.diagnostics
  const texts = new Map(
    [...sources.documents, ...sources.overlays].map(({ path, text }) => [path, text]),
  )
  const { parsed: selected, wanted, unmatched } = select(parsed, input)
  if (problems.length === 0) checkMatched(unmatched)
  const installed = installedIds(MANIFEST_FILE)
  const documents = selected.documents.filter(
    ({ document, origin }) =>
      wanted.has(document.id) && origin === undefined && !installed.has(document.id),
  )
  const files = new Set(documents.map(({ file }) => file))
  const findings = inReadingOrder(
    lint(selected.documents, { ignore, severities }).filter(({ at }) => files.has(at.file)),
    texts,
  )
  const milliseconds = Math.round(performance.now() - started)
  if (flags.json) {
    const diagnostics = locateAll(invalid(problems, sources).diagnostics, texts)
    const located = locateAll(findings, texts)
    const weighed = findings.map(({ severity, place }, index) => ({
      ...located[index],
      severity,
      place,
    }))
    printJson(terminal, { milliseconds, diagnostics, findings: weighed })
  } else if (problems.length > 0) {
    const report = invalid(problems, sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'correct these first.' })
  } else if (findings.length > 0) {
    const rules = new Set(findings.map(({ code }) => code)).size
    const ending = `${plural(rules, 'rule')}, ${plural(documents.length, 'document')} (${milliseconds} ms).`
    showReports(terminal, findings, { texts, noun: 'finding', ending })
  } else {
    const summary = `${plural(documents.length, 'document')}: no findings (${milliseconds} ms)`
    terminal.out(green(terminal, summary))
  }
  return problems.length > 0 || findings.some(isToCorrect) ? EXIT.problems : EXIT.ok
}

function isToCorrect({ severity }: { readonly severity: Severity }): boolean {
  return severity !== 'info'
}

function checkNames(names: readonly string[]): void {
  const known = RULES.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const guess = nearest(name, known)
    const hint = guess === undefined ? '' : ` Did you mean ${guess}?`
    throw new UsageError(`There is no lint rule ${name}.${hint}`)
  }
}
