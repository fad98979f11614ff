import { Command } from 'commander'
import { writeDocs } from '../docs/docs.ts'
import { invalid } from '../generate.ts'
import { readSources } from '../parse/disk.ts'
import { resolveModel } from '../resolve-model.ts'
import { applyPlan, readOutput } from '../write/disk.ts'
import { isUpToDate, planWrite } from '../write/plan.ts'
import { addInputOptions, type InputFlags, resolveInput } from './input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  green,
  plural,
  printJson,
  showReports,
  type Terminal,
} from './terminal.ts'

interface DocsFlags extends InputFlags {
  readonly out?: string
  readonly check?: boolean
}

const HELP = `
Examples:
  $ lexwright docs                       lexicons/ -> docs/lexicons/
  $ lexwright docs --include com.example.* -o docs/api
  $ lexwright docs --check               for CI: are the pages up to date?

There is one page per namespace and a README.md that lists everything. Only pages that begin with the
generator's mark are replaced or deleted.
${EXIT_CODES}`

export function docsCommand(terminal: Terminal): Command {
  return addInputOptions(
    new Command('docs').description('Write a Markdown reference, one page per namespace.'),
  )
    .option('-o, --out <folder>', 'where to write (default: docs/lexicons)')
    .option('--check', 'write nothing; exit 1 when the pages are not up to date')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', HELP)
    .action(async (flags: DocsFlags) => terminal.exit(await runDocs(flags, terminal)))
}

async function runDocs(flags: DocsFlags, terminal: Terminal): Promise<ExitCode> {
  const started = performance.now()
  const { input, config } = await resolveInput(flags)
  const out = flags.out ?? config.docsOut ?? 'docs/lexicons'
  const { sources, diagnostics: unreadable } = await readSources(input)
  const { model, diagnostics } = resolveModel(sources, input)
  if (!model || unreadable.length > 0) {
    const report = invalid([...unreadable, ...diagnostics], sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'nothing was written.' })
    return EXIT.problems
  }
  const plan = planWrite(writeDocs(model), await readOutput(out, '.md'))
  const stale = flags.check === true && !isUpToDate(plan)
  if (plan.foreign.length > 0) {
    const paths = plan.foreign.map((path) => `  ${path}`).join('\n')
    terminal.err(`${out} holds pages that lexwright did not write:\n${paths}\nNothing was written.`)
    return EXIT.problems
  }
  if (!flags.check) await applyPlan(out, plan)
  const milliseconds = Math.round(performance.now() - started)
  const written = plan.create.length + plan.update.length
  if (flags.json) {
    const status = stale ? 'stale' : 'done'
    printJson(terminal, { status, milliseconds, written, removed: plan.remove })
  } else if (stale) terminal.err(`${out} is not up to date; run \`lexwright docs\` again.`)
  else {
    const counts = flags.check
      ? 'up to date'
      : `${plural(written, 'page')} written, ${plan.unchanged} unchanged`
    terminal.out(green(terminal, `${out}: ${counts} (${milliseconds} ms)`))
  }
  return stale ? EXIT.problems : EXIT.ok
}
