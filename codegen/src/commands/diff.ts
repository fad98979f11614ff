import { styleText } from 'node:util'
import { Command } from 'commander'
import type { Change } from '../diff/change.ts'
import { diff } from '../diff/diff.ts'
import { type ParsedDocument, parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import type { Sources } from '../parse/source.ts'
import { invalid } from '../report/invalid.ts'
import { locate } from '../report/locate.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  plural,
  printJson,
  showReports,
  type Terminal,
} from './terminal.ts'

interface DiffFlags {
  readonly json?: boolean
  readonly breaking?: boolean
}

const HELP = `
A change breaks
  a client   built with OLD that talks to a server with NEW, or reads records written under NEW
  a server   whose handlers were written for OLD and are generated again from NEW
  records    written under OLD and read under NEW

Examples:
  $ git worktree add /tmp/main main && lexwright diff /tmp/main/lexicons lexicons
  $ lexwright diff old/com/example/get.json lexicons/com/example/get.json --json
${EXIT_CODES}`

export function diffCommand(terminal: Terminal): Command {
  return new Command('diff')
    .description('Show what changed between two sets of lexicons, and whom it breaks.')
    .argument('<old>', 'a folder of lexicons, or one file')
    .argument('<new>', 'the same, later')
    .option('--breaking', 'show only what breaks somebody')
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
  const before = await readSet(old)
  const after = await readSet(fresh)
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
  if (flags.json) printJson(terminal, { milliseconds, breaking: breaking.length, changes: shown })
  else {
    for (const change of shown) terminal.out(render(change, terminal))
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

async function readSet(path: string): Promise<DocumentSet> {
  const sources = await readSources({ lexicons: [path] })
  const { documents, diagnostics } = parse(sources)
  return { sources, documents, problems: diagnostics }
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
  return `${paint(head)} ${where}: ${message}  [${rule}${flow}: ${verdict}]\n         ${change.file}:${change.line}:${change.column}`
}
