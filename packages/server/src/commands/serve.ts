import type { Command } from 'commander'
import { loadConfig } from '../config/load-config.ts'
import { greeting } from '../greeting.ts'
import { createLogger, type Logger } from '../logging/logger.ts'
import type { RunningAccountServer } from '../serve-accounts.ts'
import { startServer } from '../start-server.ts'
import type { Console } from './console.ts'
import { CommandError } from './exit-codes.ts'

/** `serve`, the default command. */
export function addServeCommand(program: Command, console: Console): void {
  program
    .command('serve', { isDefault: true })
    .alias('start')
    .description('start the server (the default)')
    // The default command also gets unknown commands, as arguments.
    .allowExcessArguments()
    .action((_options: object, { args: [unknown] }: Command) => {
      if (unknown === undefined) return serve(console)
      throw new CommandError('usage', `there is no command ${unknown}; --help lists them`)
    })
}

async function serve(console: Console): Promise<void> {
  const config = loadConfig(console.environment())
  const logger = createLogger({
    level: config.logLevel,
    format: config.logFormat ?? (console.isTerminal ? 'text' : 'json'),
  })
  for (const advice of config.advice) logger.warn({}, advice)
  const starting = startServer(config, logger)
  endOnSignals(starting, logger)
  endOnFaults(logger)
  // On stderr, to keep stdout for the log.
  console.tell(`${greeting(config, await starting)}\n`)
}

/** Under npm, one Ctrl-C arrives twice: from the terminal and from npm. */
const SAME_SIGNAL_MS = 500

/** The first signal ends the program once current work is done, the second at once. */
function endOnSignals(starting: Promise<RunningAccountServer>, logger: Logger): void {
  let endingSince: number | undefined
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (endingSince !== undefined) {
      if (performance.now() - endingSince < SAME_SIGNAL_MS) return
      logger.warn({ signal }, 'exiting at once')
      process.exit(1)
    }
    endingSince = performance.now()
    const server = await starting
    await server.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      end(signal).catch((err: unknown) => {
        logger.fatal({ err }, 'the shutdown failed')
        process.exit(1)
      })
    })
  }
}

/** After an uncaught error the state is unknown: exit, to restart in a known one. */
function endOnFaults(logger: Logger): void {
  process.on('uncaughtException', (err) => {
    logger.fatal({ err }, 'the process exits because of an unexpected error')
    process.exit(1)
  })
}
