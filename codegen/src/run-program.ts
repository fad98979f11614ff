import { types } from 'node:util'
import { Command, CommanderError } from 'commander'
import { EXIT, EXIT_CODES, showUsage, type Terminal } from './commands/terminal.ts'
import { version } from './version.ts'
import { DiskError } from './write/disk-error.ts'

const HELP = `
Examples:
  $ lexwright init my-service        a new project that runs
  $ lexwright generate               lexicons/ -> generated/
  $ lexwright scaffold src           handlers for what src does not implement
  $ lexwright lint                   problems in valid lexicons
  $ lexwright diff HEAD~1 .          what a change breaks
  $ lexwright install com.example.get  lexicons of others, from the network
  $ lexwright publish --dry-run      what publishing your lexicons would change
  $ lexwright docs                   a Markdown reference
  $ lexwright ir com.example.get     the resolved model of a document

Settings can be kept in lexwright.config.json, or under "lexwright" in package.json.
NO_COLOR switches colours off.
${EXIT_CODES}`

/** In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<(terminal: Terminal) => Command>>> = {
  generate: async () => (await import('./commands/generate.ts')).generateCommand,
  lint: async () => (await import('./commands/lint.ts')).lintCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  docs: async () => (await import('./commands/docs.ts')).docsCommand,
  install: async () => (await import('./commands/install.ts')).installCommand,
  update: async () => (await import('./commands/install.ts')).updateCommand,
  status: async () => (await import('./commands/install.ts')).statusCommand,
  publish: async () => (await import('./commands/publish.ts')).publishCommand,
  scaffold: async () => (await import('./commands/scaffold.ts')).scaffoldCommand,
  ir: async () => (await import('./commands/ir.ts')).irCommand,
  init: async () => (await import('./commands/init.ts')).initCommand,
}

/** Loads the requested command; all of them for anything else, such as `--help`. */
async function commandsFor(
  asked: string | undefined,
): Promise<readonly ((terminal: Terminal) => Command)[]> {
  const wanted = Object.entries(COMMANDS).filter(([name]) => name === asked)
  const loaders = wanted.length > 0 ? wanted : Object.entries(COMMANDS)
  return await Promise.all(loaders.map(([, load]) => load()))
}

async function createProgram(asked: string | undefined, terminal: Terminal): Promise<Command> {
  const root = new Command('lexwright')
    .description('Turns AT Protocol Lexicon documents into typed XRPC servers and clients.')
    .version(version)
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .exitOverride()
    .showHelpAfterError('(lexwright --help lists the commands)')
    .addHelpText('after', HELP)
  for (const make of await commandsFor(asked)) {
    const command = make(terminal)
    root.addCommand(
      command
        .copyInheritedSettings(root)
        .showHelpAfterError(`(lexwright ${command.name()} --help lists the options)`),
    )
  }
  return root
}

/**
 * Runs one command in the current folder.
 *
 * @param args the arguments, without the program name
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<void> {
  try {
    const program = await createProgram(args[0], terminal)
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    end(error, terminal)
  }
}

function end(error: unknown, terminal: Terminal): void {
  if (error instanceof CommanderError) {
    terminal.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage)
  } else if (showUsage(terminal, error)) {
    terminal.exit(EXIT.usage)
  } else if (error instanceof DiskError || isSystemError(error)) {
    terminal.err(`error: ${error.message}`)
    terminal.exit(EXIT.problems)
  } else {
    terminal.err(`lexwright stopped on an unexpected error: ${(error as Error).stack}`)
    terminal.exit(EXIT.crash)
  }
}

/**
 * True for an error of the operating system, such as a missing file: not a bug of the generator.
 */
function isSystemError(error: unknown): error is Error {
  return types.isNativeError(error) && 'syscall' in error
}
