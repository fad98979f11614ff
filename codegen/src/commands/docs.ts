import { basename, dirname } from 'node:path'
import { Command } from 'commander'
import { writeDocs } from '../docs/docs.ts'
import type { Model } from '../ir/model.ts'
import { writeOpenApi } from '../openapi/openapi.ts'
import { readSources } from '../parse/read-sources.ts'
import { OPENAPI_FILE } from '../print/mark.ts'
import type { OutputFile } from '../print/print.ts'
import { invalid } from '../report/invalid.ts'
import { resolveModel } from '../resolve-model.ts'
import { applyPlan } from '../write/apply.ts'
import { isUpToDate, planWrite } from '../write/plan.ts'
import { readTop } from '../write/read-output.ts'
import { addInputOptions, aPath, checkMatched, type InputFlags, resolveInput } from './input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  green,
  plural,
  printJson,
  showReports,
  showWarnings,
  type Terminal,
  UsageError,
} from './terminal.ts'

interface DocsFlags extends InputFlags {
  readonly out?: string
  readonly check?: boolean
  readonly openapi?: boolean
  readonly title?: string
  readonly apiVersion?: string
  readonly server?: readonly string[]
}

const HELP = `
Examples:
  $ lexwright docs                       lexicons/ -> docs/lexicons/
  $ lexwright docs --include 'com.example.*' -o docs/api
  $ lexwright docs --check               for CI: are the pages up to date?
  $ lexwright docs --openapi             lexicons/ -> docs/lexicons/openapi.json
  $ lexwright docs --openapi -o api.json --title "Example" --server https://api.example.com

There is one page per namespace and a README.md that lists everything. Only pages that begin with the
generator's mark are replaced or deleted.

With --openapi there is one OpenAPI 3.1 description instead. What it cannot express is in fields that
begin with x-lexicon: exact lengths of strings, subscriptions, permission sets.
${EXIT_CODES}`

export function docsCommand(terminal: Terminal): Command {
  return addInputOptions(
    new Command('docs').description(
      'Write a reference: Markdown, one page per namespace, or OpenAPI 3.1.',
    ),
  )
    .option(
      '-o, --out <folder>',
      'output folder (default: docs/lexicons), or with --openapi a file',
      aPath,
    )
    .option('--check', 'write nothing; exit 1 if the pages are not up to date')
    .option('--openapi', `write an OpenAPI 3.1 description, ${OPENAPI_FILE}, instead of Markdown`)
    .option('--title <text>', 'with --openapi: title of the API (default: its namespace)')
    .option('--api-version <text>', 'with --openapi: the version of the API (default: 0.0.0)')
    .option('--server <url...>', 'with --openapi: URL of the API')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', HELP)
    .action(async (flags: DocsFlags) => terminal.exit(await runDocs(flags, terminal)))
}

async function runDocs(flags: DocsFlags, terminal: Terminal): Promise<ExitCode> {
  const started = performance.now()
  checkUsage(flags)
  const { input, config } = await resolveInput(flags)
  const out = flags.out ?? config.docsOut ?? 'docs/lexicons'
  const sources = await readSources(input)
  const { model, diagnostics, warnings, unmatched } = resolveModel(sources, input)
  if (!flags.json) showWarnings(terminal, invalid(warnings, sources))
  if (!model) {
    const report = invalid(diagnostics, sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'nothing was written.' })
    return EXIT.problems
  }
  checkMatched(unmatched)
  const isFile = flags.openapi === true && out.endsWith('.json')
  const folder = isFile ? dirname(out) : out
  const files = flags.openapi
    ? [openApiFile(model, isFile ? basename(out) : OPENAPI_FILE, flags)]
    : writeDocs(model)
  const mayBeOurs = (name: string): boolean =>
    flags.openapi ? name === files[0]?.path : name.endsWith('.md')
  const plan = planWrite(files, await readTop(folder, mayBeOurs))
  const stale = flags.check === true && !isUpToDate(plan)
  if (plan.foreign.length > 0) {
    const paths = plan.foreign.map((path) => `  ${path}`).join('\n')
    terminal.err(
      `${folder} holds pages that lexwright did not write:\n${paths}\nNothing was written.`,
    )
    return EXIT.problems
  }
  if (!flags.check) await applyPlan(folder, plan)
  const milliseconds = Math.round(performance.now() - started)
  const written = plan.create.length + plan.update.length
  if (flags.json) {
    const status = stale ? 'stale' : 'done'
    printJson(terminal, { status, milliseconds, written, removed: plan.remove })
  } else if (stale) {
    const command = flags.openapi ? 'lexwright docs --openapi' : 'lexwright docs'
    terminal.err(`${out} is not up to date; run \`${command}\` again.`)
  } else {
    const noun = flags.openapi ? 'description' : 'page'
    const counts = flags.check
      ? 'up to date'
      : `${plural(written, noun)} written, ${plan.unchanged} unchanged`
    terminal.out(green(terminal, `${out}: ${counts} (${milliseconds} ms)`))
  }
  return stale ? EXIT.problems : EXIT.ok
}

function checkUsage({ openapi, title, apiVersion, server }: DocsFlags): void {
  if (openapi || (title ?? apiVersion ?? server) === undefined) return
  throw new UsageError('--title, --api-version and --server need --openapi.')
}

function openApiFile(
  model: Model,
  path: string,
  { title, apiVersion, server }: DocsFlags,
): OutputFile {
  const { text } = writeOpenApi(model, {
    ...(title !== undefined && { title }),
    ...(apiVersion !== undefined && { version: apiVersion }),
    ...(server && { servers: server }),
  })
  return { path, text }
}
