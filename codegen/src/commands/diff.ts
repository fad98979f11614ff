import { existsSync } from 'node:fs'
import { isValidNsid } from '@atproto/syntax'
import { Command } from 'commander'
import { adviceOn, plansFor } from '../diff/advice.ts'
import { diff } from '../diff/diff.ts'
import { commitOf, readRevision } from '../git/read-revision.ts'
import { installedIds, MANIFEST_FILE } from '../install/manifest.ts'
import { openNetwork } from '../network/network.ts'
import { listPublished, openPublications, readPublished, sourceOf } from '../network/published.ts'
import { packageNameOf } from '../packages/read-package.ts'
import { parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import type { Sources } from '../parse/source.ts'
import { invalid } from '../report/invalid.ts'
import { type Input, resolveInput } from './input.ts'
import { addNetworkOptions, type NetworkFlags, onNetwork } from './network-input.ts'
import { type DocumentSet, place, planLines, render } from './show-changes.ts'
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

interface DiffFlags extends NetworkFlags {
  readonly config?: string
  readonly json?: boolean
  readonly breaking?: boolean
}

const HELP = `
A change breaks
  a client   built with OLD that talks to a server with NEW, or reads records written under NEW
  a server   whose handlers were written for OLD, with code generated from NEW
  records    written under OLD and read under NEW

A git revision means the configured lexicon folders in that revision, and "." the same folders now. "published" means the
published versions of those documents, found by DNS and fetched from their authors' servers, and any others published
below your own authorities. A folder of that name is "./published". Each breaking change comes with an alternative.

Examples:
  $ lexwright diff HEAD~1 .
  $ lexwright diff published .
  $ lexwright diff v1.0.0 main --breaking
  $ lexwright diff old/com/example/get.json lexicons/com/example/get.json --json
${EXIT_CODES}`

export function diffCommand(terminal: Terminal): Command {
  return addNetworkOptions(
    new Command('diff')
      .description('Show what changed between two sets of lexicons, and what it breaks.')
      .argument(
        '<old>',
        'a git revision, a folder of lexicons, one document, npm:<package>, or "published"',
      )
      .argument('<new>', 'the later set, given in the same way')
      .option('--breaking', 'show only breaking changes')
      .option('--config <file>', 'configuration (default: lexwright.config.json, or package.json)')
      .option('--json', 'print one JSON object instead of text'),
  )
    .addHelpText('after', HELP)
    .action(async (old: string, fresh: string, flags: DiffFlags) => {
      const run = (): Promise<ExitCode> => runDiff(old, fresh, { flags, terminal })
      const isOnline = [old, fresh].includes(PUBLISHED)
      terminal.exit(await (isOnline ? onNetwork(terminal, run) : run()))
    })
}

/** Selects the published versions of the configured documents. */
const PUBLISHED = 'published'

async function runDiff(
  old: string,
  fresh: string,
  { flags, terminal }: { readonly flags: DiffFlags; readonly terminal: Terminal },
): Promise<ExitCode> {
  const started = performance.now()
  const { input } = await resolveInput(flags)
  const before = await readSet(old, input, flags)
  const after = await readSet(fresh, input, flags)
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
    for (const line of planLines(plans)) terminal.out(line)
    const compatible = located.length - breaking.length
    terminal.out(
      `${plural(located.length, 'change')}: ${breaking.length} breaking, ${compatible} compatible (${milliseconds} ms)`,
    )
  }
  return breaking.length > 0 ? EXIT.problems : EXIT.ok
}

interface ReadSet extends DocumentSet {
  readonly problems: Parameters<typeof invalid>[0]
}

async function readSet(given: string, input: Input, flags: NetworkFlags): Promise<ReadSet> {
  const sources = await readGiven(given, input, flags)
  const { documents, diagnostics } = parse(sources, input)
  return { sources, documents, problems: diagnostics }
}

async function readGiven(given: string, input: Input, flags: NetworkFlags): Promise<Sources> {
  const { overlays } = input
  const lexicons = input.lexicons.filter((one) => packageNameOf(one) === undefined)
  const folders = { lexicons, ...(overlays && { overlays }) }
  if (given === '.') return await readSources(folders)
  if (given === PUBLISHED) {
    const { ids } = parse(await readSources(folders), input)
    const network = openNetwork(flags)
    const publications = await openPublications(network)
    const nsids = [...ids].filter(isValidNsid)
    // Installs only the documents asked for.
    const installed = installedIds(MANIFEST_FILE)
    const own = nsids.filter((nsid) => !installed.has(nsid))
    const listed = await listPublished(own, { publications, network })
    const all = [...new Set([...nsids, ...listed])]
    const published = await readPublished(all, { publications })
    const present = published.filter((one) => one !== undefined)
    return { documents: present.map(sourceOf), overlays: [] }
  }
  if (existsSync(given) || packageNameOf(given) !== undefined) {
    return await readSources({ lexicons: [given] })
  }
  const commit = commitOf(given)
  if (commit !== undefined) return readRevision({ revision: given, commit }, folders)
  throw new UsageError(`There is no folder, document or git revision ${given}.`)
}
