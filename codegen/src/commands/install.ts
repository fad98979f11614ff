import { isValidNsid } from '@atproto/syntax'
import { Command } from 'commander'
import { install, pathOf } from '../install/install.ts'
import { MANIFEST_FILE, readManifest } from '../install/manifest.ts'
import { openNetwork } from '../network/network.ts'
import { packageNameOf } from '../packages/read-package.ts'
import { type Input, resolveInput } from './input.ts'
import { addNetworkOptions, type NetworkFlags, onNetwork } from './network-input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  green,
  plural,
  type Terminal,
  UsageError,
} from './terminal.ts'

interface InstallFlags extends NetworkFlags {
  readonly ci?: boolean
  readonly config?: string
}

const ABOUT = `
Names are resolved by DNS, and records fetched from their authors' servers. ${MANIFEST_FILE} lists the requested documents
and where each one comes from; the lex command of @atproto/lex uses the same file. Needs the package
@atproto/lex-installer.
${EXIT_CODES}`

const CONFIG = [
  '--config <file>',
  'configuration (default: lexwright.config.json, or package.json)',
] as const

export function installCommand(terminal: Terminal): Command {
  return addNetworkOptions(
    new Command('install')
      .description('Fetch lexicons from the network, with everything they refer to.')
      .argument('[nsid...]', 'documents to install (default: those listed and missing)')
      .option('--ci', 'write nothing; exit 1 if something is missing or differs from the list')
      .option(...CONFIG),
  )
    .addHelpText('after', ABOUT)
    .action(async (nsids: readonly string[], flags: InstallFlags) =>
      terminal.exit(
        await onNetwork(terminal, () => run(terminal, { ...flags, add: nsids, update: false })),
      ),
    )
}

export function updateCommand(terminal: Terminal): Command {
  return addNetworkOptions(
    new Command('update')
      .description('Update the installed lexicons to their published versions.')
      .option(...CONFIG),
  )
    .addHelpText('after', ABOUT)
    .action(async (flags: InstallFlags) =>
      terminal.exit(
        await onNetwork(terminal, () => run(terminal, { ...flags, add: [], update: true })),
      ),
    )
}

export function statusCommand(terminal: Terminal): Command {
  return new Command('status')
    .description('List the installed lexicons, without using the network.')
    .option(...CONFIG)
    .addHelpText('after', EXIT_CODES)
    .action(async (flags: InstallFlags) => terminal.exit(await runStatus(flags, terminal)))
}

interface Run extends InstallFlags {
  readonly add: readonly string[]
  readonly update: boolean
}

async function run(
  terminal: Terminal,
  { add, update, ci = false, config, ...network }: Run,
): Promise<ExitCode> {
  const wrong = add.find((nsid) => !isValidNsid(nsid))
  if (wrong !== undefined) {
    throw new UsageError(`${wrong} is not an NSID. Write it in full, such as com.example.greet.`)
  }
  const { input } = await resolveInput(config === undefined ? {} : { config })
  const lexicons = folderOf(input)
  const { ids, changed, isListChanged } = await install({
    add,
    lexicons,
    manifest: MANIFEST_FILE,
    update,
    check: ci,
    resolver: openNetwork(network),
  })
  if (ci && (changed.length > 0 || isListChanged)) {
    const paths = changed.map((nsid) => `  ${lexicons}/${pathOf(nsid)}`)
    terminal.err(
      [`${MANIFEST_FILE} and ${lexicons} do not match:`, ...paths, 'Run lexwright install.'].join(
        '\n',
      ),
    )
    return EXIT.problems
  }
  terminal.out(
    green(
      terminal,
      `${plural(ids.length, 'document')} installed in ${lexicons}: ${changed.length} written`,
    ),
  )
  return EXIT.ok
}

async function runStatus({ config }: InstallFlags, terminal: Terminal): Promise<ExitCode> {
  const { input } = await resolveInput(config === undefined ? {} : { config })
  const lexicons = folderOf(input)
  const { resolutions = {}, lexicons: asked = [] } = readManifest(MANIFEST_FILE) ?? {}
  for (const [nsid, { uri, cid }] of Object.entries(resolutions)) {
    const why = asked.includes(nsid) ? 'asked for' : 'referred to'
    terminal.out(`${nsid}  ${why}, ${cid}\n  ${uri}\n  ${lexicons}/${pathOf(nsid)}`)
  }
  terminal.out(`${plural(Object.keys(resolutions).length, 'document')} in ${MANIFEST_FILE}`)
  return EXIT.ok
}

function folderOf({ lexicons }: Input): string {
  const folder = lexicons.find((one) => packageNameOf(one) === undefined)
  if (folder === undefined) throw new UsageError('The configuration names no folder for lexicons.')
  return folder
}
