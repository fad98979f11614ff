import { Command } from 'commander'
import { installedIds, MANIFEST_FILE } from '../install/manifest.ts'
import { didOf, pdsOf } from '../network/identity.ts'
import { openNetwork } from '../network/network.ts'
import {
  openPublications,
  type Publications,
  type Published,
  readPublished,
  sourceOf,
} from '../network/published.ts'
import { parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import { checkNames, type NameRecord } from '../publish/check-names.ts'
import { type Publication, type PublicationPlan, planPublication } from '../publish/plan.ts'
import { logIn } from '../publish/session.ts'
import { invalid } from '../report/invalid.ts'
import { resolveModel } from '../resolve-model.ts'
import { matches } from '../select/pattern.ts'
import { select } from '../select/select.ts'
import { askForPassword, PASSWORD } from './ask-for-password.ts'
import { resolveInput } from './input.ts'
import { addNetworkOptions, type NetworkFlags, onNetwork } from './network-input.ts'
import { place, planLines, render } from './show-changes.ts'
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

interface PublishFlags extends NetworkFlags {
  readonly account?: string
  readonly pds?: string
  readonly dryRun?: boolean
  readonly allowBreaking?: boolean
  readonly withoutDns?: boolean
  readonly config?: string
  readonly json?: boolean
}

const HELP = `
Your own documents, those neither from packages nor from ${MANIFEST_FILE}, become records of com.atproto.lexicon.schema in
the repository of the account. The password, preferably an app password, is read from the environment variable
${PASSWORD}, or prompted for. A record is replaced only if it has not changed since it was compared.

Others find the documents of com.example.thing.* by the TXT record _lexicon.thing.example.com with the text
"did=<DID of the account>", which is checked before anything is published.

Examples:
  $ lexwright publish --dry-run                          what would be published, and what it breaks
  $ lexwright publish --account alice.example.com        everything
  $ lexwright publish com.example.thing.get              one document
${EXIT_CODES}`

export function publishCommand(terminal: Terminal): Command {
  return addNetworkOptions(
    new Command('publish')
      .description('Publish your own lexicons, and show what changes for others.')
      .argument('[nsid...]', 'documents to publish; com.example.* means all below (default: all)')
      .option('--account <name>', 'handle or DID to publish as (default: the DID in DNS)')
      .option('--pds <url>', 'PDS of the account (default: the one in its DID document)')
      .option('--dry-run', 'only show the changes, without logging in')
      .option('--allow-breaking', 'publish breaking changes too')
      .option('--without-dns', 'publish before DNS names the account')
      .option('--config <file>', 'configuration (default: lexwright.config.json, or package.json)')
      .option('--json', 'print one JSON object instead of text'),
  )
    .addHelpText('after', HELP)
    .action(async (patterns: readonly string[], flags: PublishFlags) =>
      terminal.exit(await onNetwork(terminal, () => runPublish(patterns, flags, terminal))),
    )
}

async function runPublish(
  patterns: readonly string[],
  flags: PublishFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const { input } = await resolveInput(flags.config === undefined ? {} : { config: flags.config })
  const sources = await readSources(input)
  const { model, diagnostics } = resolveModel(sources, { ...input, skipInvalid: false })
  if (!model) {
    const report = invalid(diagnostics, sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'nothing was published.' })
    return EXIT.problems
  }
  const everything = parse(sources, input)
  const { documents: all } = everything
  const { wanted: selected } = select(everything, input)
  const installed = installedIds(MANIFEST_FILE)
  const wanted = all.filter(
    ({ document: { id }, origin }) =>
      selected.has(id) &&
      origin === undefined &&
      !installed.has(id) &&
      (patterns.length === 0 || patterns.some((pattern) => matches(pattern, id))),
  )
  if (wanted.length === 0) throw new UsageError('None of your own documents has such an id.')
  const nsids = wanted.map(({ document }) => document.id)

  const network = openNetwork(flags)
  const publications = await openPublications(network)
  const did = await (flags.account === undefined
    ? authorityOf(nsids, publications)
    : didOf(flags.account, network))
  const names = await checkNames(nsids, { publications, did })
  const records = await readPublished(nsids, { publications, did })
  const published = records.filter((one): one is Published => one !== undefined)
  const before = { documents: published.map(sourceOf), overlays: [] }
  const parsed = parse(before, input)
  const plan = planPublication({
    wanted,
    all,
    published: new Map(published.map((one) => [one.nsid, one])),
    before: parsed.documents,
  })
  const sides = [
    { sources: before, documents: parsed.documents },
    { sources, documents: all },
  ] as const

  const unreadable = parsed.diagnostics.map(({ at, message }) => `${at.file}: ${message}`)
  const refusal = refusalOf({ plan, names, unreadable }, flags)
  const isPublishing = refusal === undefined && !flags.dryRun
  if (!flags.json) {
    for (const line of unreadable) terminal.err(`What is published is invalid: ${line}`)
    show(plan, sides, terminal)
    for (const { name, expected, problem } of names) {
      if (problem === undefined) continue
      terminal.err(`DNS: ${name}: ${problem}. It must be: ${name}. TXT "${expected}"`)
    }
  }
  const written = isPublishing ? await write(plan, { did, flags, network }) : []
  if (flags.json) {
    printJson(terminal, {
      did,
      documents: plan.publications.map(({ nsid, status }) => ({ nsid, status })),
      changes: plan.changes,
      plans: plan.plans,
      names,
      unreadable,
      written,
      ...(refusal !== undefined && { refused: refusal }),
    })
  } else if (refusal !== undefined) {
    terminal.err(`error: ${refusal}`)
  } else {
    const count = flags.dryRun ? pending(plan).length : written.length
    const done = flags.dryRun ? 'would be published' : 'published'
    terminal.out(green(terminal, `${plural(count, 'document')} ${done} by ${did}`))
  }
  return refusal === undefined ? EXIT.ok : EXIT.problems
}

/** The single DID that DNS names for all authorities. */
async function authorityOf(nsids: readonly string[], publications: Publications): Promise<string> {
  const found = await Promise.all(nsids.map((nsid) => publications.authority(nsid)))
  const dids = [...new Set(found.filter((did) => did !== undefined))]
  const [did] = dids
  if (did === undefined) {
    throw new UsageError('DNS names no account for these documents yet. Name one with --account.')
  }
  if (dids.length > 1) {
    throw new UsageError(
      `DNS names several accounts for these documents: ${dids.join(', ')}. Publish those of one at a time.`,
    )
  }
  return did
}

function pending({ publications }: PublicationPlan): readonly Publication[] {
  return publications.filter(({ status }) => status !== 'unchanged')
}

function refusalOf(
  {
    plan,
    names,
    unreadable,
  }: {
    readonly plan: PublicationPlan
    readonly names: readonly NameRecord[]
    readonly unreadable: readonly string[]
  },
  { allowBreaking, withoutDns }: PublishFlags,
): string | undefined {
  const breaking = plan.changes.filter(({ breaks }) => breaks.length > 0).length
  if (breaking + unreadable.length > 0 && !allowBreaking) {
    return breaking > 0
      ? `${plural(breaking, 'breaking change')}; nothing was published. Publish anyway with --allow-breaking.`
      : 'Cannot tell what breaks; nothing was published. Publish anyway with --allow-breaking.'
  }
  if (names.some(({ problem }) => problem !== undefined) && !withoutDns) {
    return 'DNS does not point to these documents; nothing was published. Publish anyway with --without-dns.'
  }
  return undefined
}

const LABELS = { new: 'new      ', changed: 'changed  ', unchanged: 'unchanged' } as const

function show(
  { publications, changes, plans }: PublicationPlan,
  [before, after]: readonly [Parameters<typeof place>[1], Parameters<typeof place>[2]],
  terminal: Terminal,
): void {
  for (const { nsid, status } of publications) terminal.out(`${LABELS[status]} ${nsid}`)
  for (const change of changes) {
    terminal.out(render({ ...change, ...place(change, before, after) }, terminal))
  }
  for (const line of planLines(plans)) terminal.out(line)
}

async function write(
  plan: PublicationPlan,
  {
    did,
    flags,
    network,
  }: {
    readonly did: string
    readonly flags: PublishFlags
    readonly network: ReturnType<typeof openNetwork>
  },
): Promise<{ readonly nsid: string; readonly cid: string }[]> {
  const written: { readonly nsid: string; readonly cid: string }[] = []
  const todo = pending(plan)
  if (todo.length === 0) return written
  const pds = flags.pds ?? (await pdsOf(did, network))
  const password =
    process.env[PASSWORD] ??
    (await askForPassword(`${did} at ${pds}`, process.stdin, process.stderr))
  const session = await logIn({ pds, identifier: did, password }, network)
  try {
    if (session.did !== did)
      throw new Error(`${pds} returned a session of ${session.did}, not ${did}`)
    for (const { nsid, document, published } of todo) {
      const cid = await session.put(nsid, { document, over: published?.cid ?? null })
      written.push({ nsid, cid })
    }
  } catch (error) {
    const rest = todo.slice(written.length).map(({ nsid }) => nsid)
    const state = `${written.length} of ${todo.length} were published; not yet: ${rest.join(', ')}`
    throw new Error(state, { cause: error })
  } finally {
    // Only this run has the tokens, so failing to revoke them is harmless.
    await session.end().catch(() => {})
  }
  return written
}
