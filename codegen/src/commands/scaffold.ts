import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join, posix, relative, sep } from 'node:path'
import { Command } from 'commander'
import { readSources } from '../parse/read-sources.ts'
import { readText, whyUnreadable } from '../parse/read-text.ts'
import { invalid } from '../report/invalid.ts'
import { resolveModel } from '../resolve-model.ts'
import { DiskError } from '../write/disk-error.ts'
import { checkNoLinks } from '../write/ownership.ts'
import { replaceFile } from '../write/replace-file.ts'
import { addInputOptions, checkMatched, type InputFlags, resolveInput } from './input.ts'
import {
  EXIT,
  EXIT_CODES,
  type ExitCode,
  green,
  plural,
  showReports,
  type Terminal,
  UsageError,
} from './terminal.ts'

const HELP = `
Examples:
  $ lexwright scaffold src               handlers/<method>.ts for each method that src does not implement

Adds each handler to the object literal in implement(server.com.example, { … }). Changes nothing else in the sources,
and nothing in a second run. Reports calls that cannot be resolved.
${EXIT_CODES}`

export function scaffoldCommand(terminal: Terminal): Command {
  return addInputOptions(
    new Command('scaffold')
      .description('Write a handler for each method without one, and add it to implement.')
      .argument('<folder>', 'the sources of the service'),
    { isRepeated: true },
  )
    .addHelpText('after', HELP)
    .action(async (folder: string, flags: InputFlags) =>
      terminal.exit(await runScaffold(folder, flags, terminal)),
    )
}

const EXTENSIONS = { ts: '.ts', js: '.js', none: '' } as const

async function runScaffold(
  given: string,
  flags: InputFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const { input, config } = await resolveInput(flags)
  const sources = await readSources(input)
  const { model, diagnostics, unmatched } = resolveModel(sources, input)
  if (!model) {
    const report = invalid(diagnostics, sources)
    showReports(terminal, report.diagnostics, { ...report, ending: 'nothing was written.' })
    return EXIT.problems
  }
  checkMatched(unmatched)
  const folder = below(given)
  const out = below(config.out ?? 'generated')
  const { scaffold } = await import('../scaffold/scaffold.ts')
  const project = await readProject(folder, out)
  if (project.length === 0) {
    throw new UsageError(`${folder} has no TypeScript sources, and scaffold edits no others.`)
  }
  const { create, update, notes } = scaffold(model, project, {
    folder,
    out,
    importExtension: EXTENSIONS[config.importExt ?? 'js'],
  })
  const present = new Map(project.map(({ path, text }) => [path, text]))
  for (const { path, text } of [...create, ...update]) write(path, text, present.get(path))
  for (const note of notes) terminal.err(note)
  const changed = `${plural(create.length, 'handler')} written, ${plural(update.length, 'file')} changed`
  terminal.out(green(terminal, `${folder}: ${changed}`))
  return notes.length > 0 ? EXIT.problems : EXIT.ok
}

/**
 * Writes a user's file, not through a link, if it still has the text that was read; `undefined` if it did not exist.
 */
function write(path: string, text: string, earlier: string | undefined): void {
  const check = (): void => {
    checkNoLinks('.', dirname(path))
    const entry = lstatSync(path, { throwIfNoEntry: false })
    const now = entry === undefined ? undefined : textOf(path)
    if (now !== earlier)
      throw new DiskError(`${path} has changed in the meantime; run the command again`)
  }
  check()
  mkdirSync(dirname(path), { recursive: true })
  replaceFile(path, text, check)
}

/** A path below the working folder, with forward slashes. */
function below(path: string): string {
  const relativePath = relative('.', path).split(sep).join('/')
  if (relativePath.startsWith('..') || posix.isAbsolute(relativePath)) {
    throw new UsageError(`${path} is not below the working folder.`)
  }
  return relativePath === '' ? '.' : relativePath
}

/** The TypeScript sources of a folder: regular files, excluding generated and installed ones. */
async function readProject(
  folder: string,
  out: string,
): Promise<{ readonly path: string; readonly text: string }[]> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(
      `There is no folder ${folder}. Name the one with the sources of the service.`,
    )
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && /(?<!\.d)\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).split(sep).join('/'))
    .filter((path) => !path.startsWith(`${out}/`) && !/(^|\/)(node_modules|dist)\//.test(path))
    .sort()
  return paths.map((path) => ({ path, text: textOf(path) }))
}

function textOf(path: string): string {
  try {
    return readText(path)
  } catch (error) {
    throw new DiskError(`Cannot read ${path}: ${whyUnreadable(error)}.`, { cause: error })
  }
}
