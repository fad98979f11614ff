import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import { Command } from 'commander'
import { adviceOn, plansFor } from '../diff/advice.ts'
import type { Change } from '../diff/change.ts'
import { diff } from '../diff/diff.ts'
import { commitOf, readRevision } from '../git/read-revision.ts'
import { packageNameOf } from '../packages/read-package.ts'
import { type ParsedDocument, parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import type { Sources } from '../parse/source.ts'
import { invalid } from '../report/invalid.ts'
import { locate } from '../report/locate.ts'
import { type Input, resolveInput } from './input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  plural,
  printJson,
  showReports,
  type Terminal,
  UsageError,
} from './terminal.ts'

interface DiffFlags {
  readonly config?: string
  readonly json?: boolean
  readonly breaking?: boolean
}

const HELP = `
A change breaks
  a client   built with OLD that talks to a server with NEW, or reads records written under NEW
  a server   whose handlers were written for OLD and are generated again from NEW
  records    written under OLD and read under NEW

A git revision stands for the lexicon folders of the configuration as they are in it, and "." for those folders as they
are now. Under each breaking change stands what to do instead.

Examples:
  $ lexwright diff HEAD~1 .
  $ lexwright diff v1.0.0 main --breaking
  $ lexwright diff old/com/example/get.json lexicons/com/example/get.json --json
${EXIT_CODES}`

export function diffCommand(terminal: Terminal): Command {
  return new Command('diff')
    .description('Show what changed between two sets of lexicons, and whom it breaks.')
    .argument('<old>', 'a git revision, a folder of lexicons, one document, or npm:<package>')
    .argument('<new>', 'the same, later')
    .option('--breaking', 'show only what breaks somebody')
    .option('--config <file>', 'configuration (default: lexwright.config.json, or package.json)')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', HELP)
    .action(async (old: string, fresh: string, flags: DiffFlags) =>
      terminal.exit(await runDiff(old, fresh, { flags, terminal })),
    )
}

async function runDiff(
  old: string,
  fresh: string,
  { flags, terminal }: { readonly flags: DiffFlags; readonly terminal: Terminal },
): Promise<ExitCode> {
  const started = performance.now()
  const { input } = await resolveInput(flags)
  const before = await readSet(old, input)
  const after = await readSet(fresh, input)
  let failed = false
  for (const { problems, sources } of [before, after]) {
    if (problems.length === 0) continue
    const report = invalid(problems, sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'nothing was compared.' })
    failed = true
  }
  if (failed) return EXIT.problems

  const changes = diff(
    before.documents.map(({ document }) => document),
    after.documents.map(({ document }) => document),
  )
  const located = changes.map((change) => ({ ...change, ...place(change, before, after) }))
  const breaking = located.filter(({ breaks }) => breaks.length > 0)
  const milliseconds = Math.round(performance.now() - started)
  const shown = flags.breaking ? breaking : located
  const ids = [...before.documents, ...after.documents].map(({ document }) => document.id)
  const plans = plansFor(changes, new Set(ids))
  if (flags.json) {
    const advised = shown.map((change) => ({ ...change, instead: adviceOn(change) }))
    printJson(terminal, { milliseconds, breaking: breaking.length, changes: advised, plans })
  } else {
    for (const change of shown) terminal.out(render(change, terminal))
    for (const { nsid, steps, successor } of plans) {
      const all = steps.length === 1 ? 'the change' : `all ${steps.length} changes`
      terminal.out(`Or leave ${nsid} as it is, and publish ${successor} with ${all}.`)
    }
    const compatible = located.length - breaking.length
    terminal.out(
      `${plural(located.length, 'change')}: ${breaking.length} breaking, ${compatible} compatible (${milliseconds} ms)`,
    )
  }
  return breaking.length > 0 ? EXIT.problems : EXIT.ok
}

interface DocumentSet {
  readonly sources: Sources
  readonly documents: readonly ParsedDocument[]
  readonly problems: Parameters<typeof invalid>[0]
}

async function readSet(given: string, input: Input): Promise<DocumentSet> {
  const sources = await readGiven(given, input)
  const { documents, diagnostics } = parse(sources, input)
  return { sources, documents, problems: diagnostics }
}

async function readGiven(given: string, input: Input): Promise<Sources> {
  const { overlays } = input
  const lexicons = input.lexicons.filter((one) => packageNameOf(one) === undefined)
  const folders = { lexicons, ...(overlays && { overlays }) }
  if (given === '.') return await readSources(folders)
  if (existsSync(given) || packageNameOf(given) !== undefined) {
    return await readSources({ lexicons: [given] })
  }
  const commit = commitOf(given)
  if (commit !== undefined) return readRevision({ revision: given, commit }, folders)
  throw new UsageError(`There is no folder, document or git revision ${given}.`)
}

interface Located {
  readonly file: string
  readonly line: number
  readonly column: number
}

function place({ nsid, path }: Change, before: DocumentSet, after: DocumentSet): Located {
  const inAfter = after.documents.find(({ document }) => document.id === nsid)
  const set = inAfter ? after : before
  const document = inAfter ?? before.documents.find((one) => one.document.id === nsid)
  const file = document?.file ?? ''
  const all = [...set.sources.documents, ...set.sources.overlays]
  const { text } = all.find((source) => source.path === file) ?? { text: '' }
  const { line, column } = locate(text, { file, path })
  return { file, line, column }
}

function render(change: Change & Located, terminal: Terminal): string {
  const { rule, message, breaks, directions, nsid, path } = change
  const breaking = breaks.length > 0
  const verdict = breaking ? `breaks ${breaks.join(', ')}` : 'compatible'
  const head = breaking ? 'BREAKING' : 'ok      '
  const paint = (text: string): string =>
    terminal.color.out
      ? styleText(breaking ? 'red' : 'green', text, { validateStream: false })
      : text
  const where = `${nsid} ${path.slice(1).join('.')}`
  const flow = directions.length > 0 ? ` in ${directions.join(', ')}` : ''
  const instead = adviceOn(change)
  return [
    `${paint(head)} ${where}: ${message}  [${rule}${flow}: ${verdict}]`,
    `         ${change.file}:${change.line}:${change.column}`,
    ...(instead === undefined ? [] : [`         Instead: ${instead}`]),
  ].join('\n')
}
