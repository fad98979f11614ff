import { enableCompileCache } from 'node:module'
import { Command, CommanderError } from 'commander'
import { diffCommand } from './commands/diff.ts'
import { docsCommand } from './commands/docs.ts'
import { generateCommand } from './commands/generate.ts'
import { initCommand } from './commands/init.ts'
import { irCommand } from './commands/ir.ts'
import { lintCommand } from './commands/lint.ts'
import { EXIT, EXIT_CODES, showReports, type Terminal, UsageError } from './commands/terminal.ts'
import { ConfigError } from './config/load.ts'
import { version } from './version.ts'
import { DiskError } from './write/disk.ts'

// The compiler behind the printer is nine megabytes of code; the second run finds it compiled.
enableCompileCache()

const HELP = `
Examples:
  $ lexwright init my-service        a new project that runs
  $ lexwright generate               lexicons/ -> generated/
  $ lexwright lint                   what is legal but will hurt
  $ lexwright diff old new           does a change break anybody?
  $ lexwright docs                   a Markdown reference
  $ lexwright ir com.example.get     what the generator makes of a document

Settings can be kept in lexwright.config.json, or under "lexwright" in package.json.
NO_COLOR switches colours off.
${EXIT_CODES}`

function program(terminal: Terminal): Command {
  const root = new Command('lexwright')
    .description('Turns AT Protocol Lexicon documents into typed XRPC servers and clients.')
    .version(version)
    .addHelpText('after', HELP)
  const commands = [generateCommand, lintCommand, diffCommand, docsCommand, irCommand, initCommand]
  for (const make of commands) {
    const command = make(terminal)
    root.addCommand(
      command
        .exitOverride()
        .showHelpAfterError(`(lexwright ${command.name()} --help shows what there is)`),
    )
  }
  return root.exitOverride().showHelpAfterError('(lexwright --help shows what there is)')
}

function processTerminal(): Terminal {
  const interrupt = new AbortController()
  const plain = Boolean(process.env.NO_COLOR)
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    exit: (code) => {
      process.exitCode = code
    },
    color: { out: process.stdout.isTTY && !plain, err: process.stderr.isTTY && !plain },
    get interrupted() {
      // Only a command that runs on has to be told; any other just ends.
      process.once('SIGINT', () => interrupt.abort()).once('SIGTERM', () => interrupt.abort())
      return interrupt.signal
    },
  }
}

const terminal = processTerminal()
try {
  await program(terminal).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    terminal.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage)
  } else if (error instanceof ConfigError) {
    showReports(terminal, error.problems, { texts: error.texts, ending: 'nothing was done.' })
    terminal.exit(EXIT.usage)
  } else if (error instanceof UsageError) {
    terminal.err(`error: ${error.message}`)
    terminal.exit(EXIT.usage)
  } else if (error instanceof DiskError || isSystemError(error)) {
    terminal.err(`error: ${error.message}`)
    terminal.exit(EXIT.problems)
  } else {
    terminal.err(`lexwright stopped on an unexpected error: ${(error as Error).stack}`)
    terminal.exit(EXIT.crash)
  }
}

/** What the operating system says of a file is no bug. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
