import { Command, CommanderError } from 'commander'
import { describeSettings } from '../config/describe.ts'
import { ConfigError } from '../config/problems.ts'
import { DatabaseError } from '../database/database.ts'
import { LockedError } from '../database/directory-lock.ts'
import { ListenError } from '../http/http-server.ts'
import { version } from '../version.ts'
import { addAccountCommands } from './accounts.ts'
import { addAppCommands } from './apps.ts'
import { addConfigCommands } from './config.ts'
import type { Console } from './console.ts'
import { CommandError, describeExitCodes, type Ending, exitCodes } from './exit-codes.ts'
import { addInviteCommands } from './invites.ts'
import { addMailCommands } from './mail.ts'
import { addPdsCommands } from './pds.ts'
import { addServeCommand } from './serve.ts'
import { addSessionCommands } from './sessions.ts'
import { addUpkeepCommands } from './upkeep.ts'

/**
 * Runs a command and returns the exit code. A server continues to run afterwards.
 *
 * @param args without the name of the program.
 */
export async function runProgram(args: readonly string[], console: Console): Promise<number> {
  try {
    await createProgram(console).parseAsync(args, { from: 'user' })
    return exitCodes.done.code
  } catch (error) {
    return exitCodes[await endWith(error, console)].code
  }
}

function createProgram(console: Console): Command {
  const program = new Command('lexwright-server')
    .description(
      'Serves and manages accounts of the AT Protocol for clients of 2022 and of today.\nConfigured by environment variables or a .env file.',
    )
    .version(version)
    .configureOutput({ writeOut: console.write, writeErr: console.tell })
    .exitOverride()
    .addHelpText('after', () => `\n${describeExitCodes()}`)
  // Subcommands inherit the settings made above.
  addServeCommand(program, console)
  addAccountCommands(program, console)
  addSessionCommands(program, console)
  addAppCommands(program, console)
  addInviteCommands(program, console)
  addUpkeepCommands(program, console)
  addMailCommands(program, console)
  addPdsCommands(program, console)
  addConfigCommands(program, console)
  program.addHelpText(
    'after',
    () => `\nEnvironment (defaults in brackets):\n\n${describeSettings()}\n`,
  )
  return program
}

/**
 * Reports an error: a message for what an operator can fix, a stack trace for a fault of the
 * program.
 */
async function endWith(error: unknown, console: Console): Promise<Ending> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 'done' : 'usage'
  const say = (message: string) => console.tell(`lexwright-server: ${message}\n`)
  if (error instanceof CommandError) {
    say(error.message)
    return error.ending
  }
  // Loaded here to keep startup fast.
  const { AccountError } = await import('@lexwright/account')
  if (error instanceof AccountError) {
    say(error.message)
    if (error.code === 'invalid-cursor') return 'usage'
    return error.code === 'temporarily-unavailable' ? 'failed' : 'refused'
  }
  const isExpected =
    error instanceof ConfigError ||
    error instanceof ListenError ||
    error instanceof LockedError ||
    error instanceof DatabaseError
  if (isExpected) say(error.message)
  else console.tell(`${trace(error)}\n`)
  return 'failed'
}

function trace(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
