import type { Terminal } from './commands/terminal.ts'
import { runProgram } from './run-program.ts'
import { forTerminal } from './text/invisible.ts'

function processTerminal(): Terminal {
  const interrupt = new AbortController()
  const plain = Boolean(process.env.NO_COLOR)
  return {
    out: (line) => void process.stdout.write(`${forTerminal(line)}\n`),
    err: (line) => void process.stderr.write(`${forTerminal(line)}\n`),
    exit: (code) => {
      process.exitCode = code
    },
    color: { out: process.stdout.isTTY && !plain, err: process.stderr.isTTY && !plain },
    get interrupted() {
      // Only a long-running command needs the signal; any other simply ends.
      process.once('SIGINT', () => interrupt.abort()).once('SIGTERM', () => interrupt.abort())
      return interrupt.signal
    },
  }
}

await runProgram(process.argv.slice(2), processTerminal())
