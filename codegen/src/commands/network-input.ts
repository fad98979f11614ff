import { Resolver } from 'node:dns'
import { type Command, InvalidArgumentError } from 'commander'
import { explain } from '../network/network.ts'
import { DiskError } from '../write/disk-error.ts'
import { EXIT, type ExitCode, type Terminal, UsageError } from './terminal.ts'

/** The options of every command that uses the network. */
export interface NetworkFlags {
  readonly plc?: string
  readonly dns?: string
}

export function addNetworkOptions(command: Command): Command {
  return command
    .option('--plc <url>', 'your own PLC directory; allows servers without TLS', url)
    .option('--dns <address>', 'the DNS server to use, such as 127.0.0.1:5353', nameServer)
}

function url(text: string): string {
  if (!/^https?:/.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('Write it like https://plc.example.com.')
  }
  return text
}

function nameServer(text: string): string {
  try {
    new Resolver().setServers([text])
    return text
  } catch {
    throw new InvalidArgumentError('Write it like 127.0.0.1:5353.')
  }
}

/**
 * Runs a network command, and reports failures of the network and of servers as such, not as bugs of the
 * generator.
 */
export async function onNetwork(
  terminal: Terminal,
  run: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof UsageError || error instanceof DiskError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND') {
      const [, name = '@atproto/lex-installer'] =
        /^Cannot find package '([^']+)'/.exec(message) ?? []
      throw new UsageError(`This needs a package: npm install --save-dev ${name}.`)
    }
    terminal.err(`error: ${explain(error)}.`)
    return EXIT.problems
  }
}
