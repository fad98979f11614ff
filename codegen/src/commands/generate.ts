import { Command, Option } from 'commander'
import { configFiles } from '../config/load.ts'
import { STRICT_NAMES, strictnessOf } from '../emit/strictness.ts'
import { USUAL_STYLE } from '../emit/type-style.ts'
import { type GenerateOptions, type GenerateResult, generate } from '../generate.ts'
import type { ImportExtension } from '../print/imports.ts'
import { OPENAPI_FILE } from '../print/mark.ts'
import { locateAll } from '../report/render.ts'
import type { WritePlan } from '../write/plan.ts'
import { addInputOptions, aPath, type InputFlags, resolveInput } from './input.ts'
import { expectShortRun } from './short-run.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  green,
  plural,
  printJson,
  showReports,
  showUsage,
  showWarnings,
  type Terminal,
  UsageError,
} from './terminal.ts'

interface GenerateFlags extends InputFlags {
  readonly out?: string
  readonly importExt?: 'ts' | 'js' | 'none'
  readonly server?: boolean
  readonly client?: boolean
  readonly strict?: readonly string[]
  readonly narrowUnions?: boolean
  readonly formatTypes?: boolean
  readonly calls?: boolean
  readonly openapi?: boolean
  readonly check?: boolean
  readonly watch?: boolean
}

const EXTENSIONS: Record<NonNullable<GenerateFlags['importExt']>, ImportExtension> = {
  ts: '.ts',
  js: '.js',
  none: '',
}

const HELP = `
Examples:
  $ lexwright generate                                   lexicons/ -> generated/
  $ lexwright generate -l lexicons -o src/api --import-ext ts
  $ lexwright generate --client --include 'com.example.*'  a client only, for these and what they need
  $ lexwright generate --import 'com.atproto.*=@example/atproto-lexicons'
  $ lexwright generate --watch                           again after every change
  $ lexwright generate --check                           for CI: is generated code up to date?

Only files that begin with the generator's mark are replaced or deleted. Nothing is written through
links, or if the lexicons have a problem. A run that is killed leaves some files new and some old; the
next one completes them.
${EXIT_CODES}`

export function generateCommand(terminal: Terminal): Command {
  return addInputOptions(
    new Command('generate').description('Write server, client and types for lexicons.'),
  )
    .option('-o, --out <folder>', 'output folder (default: generated)', aPath)
    .addOption(
      new Option(
        '--import-ext <ending>',
        'how generated modules import each other (default: js)',
      ).choices(['ts', 'js', 'none']),
    )
    .option('--server', 'write only a server (with --client, both)')
    .option('--client', 'write only a client (with --server, both)')
    .addOption(
      new Option(
        '--strict <what...>',
        'follow the specification where @atproto/lexicon does not',
      ).choices(Object.keys(STRICT_NAMES)),
    )
    .option('--narrow-unions', 'let comparing $type narrow an open union to one member')
    .option('--format-types', 'type strings by their format: DidString, AtUriString, …')
    .option('--calls', 'also write calls/, one module per method for small bundles')
    .option('--openapi', `write an OpenAPI 3.1 description, ${OPENAPI_FILE}, beside the modules`)
    .option('--check', 'write nothing; exit 1 if the folder is not up to date')
    .option('--watch', 'keep running, and regenerate after every change')
    .option('--json', 'print one JSON object per run instead of text')
    .addHelpText('after', HELP)
    .action(async (flags: GenerateFlags) => terminal.exit(await runGenerate(flags, terminal)))
}

async function runGenerate(flags: GenerateFlags, terminal: Terminal): Promise<ExitCode> {
  if (flags.check && flags.watch) throw new UsageError('--check and --watch exclude each other.')
  if (flags.watch) return await runWatch(flags, terminal)
  const started = performance.now()
  const options = await resolveOptions(flags)
  expectShortRun()
  return show(await generate(options), {
    terminal,
    options,
    json: flags.json,
    milliseconds: performance.now() - started,
  })
}

/** Restarts after each change to the configuration. */
async function runWatch(flags: GenerateFlags, terminal: Terminal): Promise<ExitCode> {
  const { changeOf, watch } = await import('../watch/watch.ts')
  const { settingsOf } = await import('../watch/changes.ts')
  const files = configFiles(flags.config)
  const signal = terminal.interrupted
  // Before the settings are read, so that no change is missed.
  let settings = settingsOf(files)
  let options = await resolveOptions(flags)
  if (!flags.json) terminal.err(`Watching ${options.lexicons.join(', ')}; Ctrl-C stops it.`)
  while (!signal.aborted) {
    const now = { terminal, options, json: flags.json }
    await watch({
      ...options,
      settings,
      onResult: (result, milliseconds) => void show(result, { ...now, milliseconds }),
      signal,
    })
    for (let known = false; !known && !signal.aborted; ) {
      settings = settingsOf(files)
      try {
        options = await resolveOptions(flags)
        known = true
      } catch (error) {
        if (!showUsage(terminal, error)) throw error
        await changeOf(settings, signal)
      }
    }
  }
  return EXIT.ok
}

async function resolveOptions(flags: GenerateFlags): Promise<GenerateOptions> {
  const { input, config } = await resolveInput(flags)
  const chosen = targets(flags, config)
  const calls = flags.calls ?? config.calls ?? false
  if (calls && !chosen.client) {
    throw new UsageError('--calls needs a client, which the options leave out.')
  }
  return {
    ...input,
    out: flags.out ?? config.out ?? 'generated',
    importExtension: EXTENSIONS[flags.importExt ?? config.importExt ?? 'js'],
    targets: chosen,
    calls,
    strict: strictnessOf(flags.strict ?? config.strict ?? []),
    types: {
      narrowUnions: flags.narrowUnions ?? config.narrowUnions ?? USUAL_STYLE.narrowUnions,
      formatTypes: flags.formatTypes ?? config.formatTypes ?? USUAL_STYLE.formatTypes,
    },
    openapi: flags.openapi ?? config.openapi ?? false,
    check: flags.check === true,
  }
}

interface Run {
  readonly terminal: Terminal
  readonly options: GenerateOptions
  readonly json: boolean | undefined
  readonly milliseconds: number
}

function show(result: GenerateResult, { terminal, options, json, milliseconds }: Run): ExitCode {
  const rounded = Math.round(milliseconds)
  if (json) printJson(terminal, asJson(result, rounded))
  else if (result.status === 'done') {
    showWarnings(terminal, { ...result, diagnostics: result.warnings })
    terminal.out(green(terminal, summary(result, options, rounded)))
  } else complain(terminal, result, options)
  if (result.status === 'unmatched') return EXIT.usage
  return result.status === 'done' ? EXIT.ok : EXIT.problems
}

/** Naming one side on the command line selects only that side. */
function targets(
  flags: GenerateFlags,
  config: { readonly server?: boolean; readonly client?: boolean },
): { readonly server: boolean; readonly client: boolean } {
  const chosen =
    flags.server || flags.client
      ? { server: flags.server === true, client: flags.client === true }
      : { server: config.server !== false, client: config.client !== false }
  if (!chosen.server && !chosen.client) {
    throw new UsageError('The configuration leaves out both the server and the client.')
  }
  return chosen
}

type Failure = Exclude<GenerateResult, { status: 'done' }>

function complain(terminal: Terminal, result: Failure, options: GenerateOptions): void {
  switch (result.status) {
    case 'invalid':
      showReports(terminal, result.diagnostics, { ...result, ending: 'nothing was written.' })
      return
    case 'unmatched':
      terminal.err(
        `No document matches ${result.patterns.join(', ')}. Correct --include or --exclude; nothing was written.`,
      )
      return
    case 'foreign-files':
      terminal.err(
        [
          `These files are in the way: ${options.out} holds them, and lexwright did not write them.`,
          ...result.plan.foreign.map((path) => `  ${path}`),
          'Move them, or choose another folder with --out. Nothing was written.',
        ].join('\n'),
      )
      return
    case 'not-importable':
    case 'unwritable':
      terminal.err(`error: ${result.message}`)
      return
    case 'stale':
      terminal.err(
        [
          `${options.out} is not what the lexicons generate:`,
          ...changes(result.plan),
          'Run `npm run codegen` (or `lexwright generate` with the same options) and commit the result.',
        ].join('\n'),
      )
  }
}

function changes({ create, update, remove }: WritePlan): string[] {
  return [
    ...create.map(({ path }) => `  missing   ${path}`),
    ...update.map(({ path }) => `  outdated  ${path}`),
    ...remove.map((path) => `  left over ${path}`),
  ]
}

function summary(
  { plan, documents }: Extract<GenerateResult, { status: 'done' }>,
  options: GenerateOptions,
  milliseconds: number,
): string {
  const written = plan.create.length + plan.update.length
  const counts = options.check
    ? 'up to date'
    : `${written} written, ${plan.unchanged} unchanged, ${plan.remove.length} removed`
  return `${plural(documents, 'document')} -> ${options.out}: ${counts} (${milliseconds} ms)`
}

function asJson(result: GenerateResult, milliseconds: number): object {
  if (result.status === 'invalid') {
    const { status, diagnostics, texts } = result
    return { status, milliseconds, diagnostics: locateAll(diagnostics, texts) }
  }
  if (!('plan' in result)) return { ...result, milliseconds }
  const { create, update, remove, foreign, unchanged } = result.plan
  return {
    status: result.status,
    milliseconds,
    ...('documents' in result && {
      documents: result.documents,
      warnings: locateAll(result.warnings, result.texts),
    }),
    created: create.map(({ path }) => path),
    updated: update.map(({ path }) => path),
    removed: remove,
    foreign,
    unchanged,
  }
}
