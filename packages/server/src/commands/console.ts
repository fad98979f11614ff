import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { type Environment, readEnvironment } from '../config/environment.ts'

/** Input and output of a command. */
export interface Console {
  readonly environment: () => Environment
  /** Results, on stdout. */
  readonly write: (text: string) => void
  /** Messages other than results, on stderr. */
  readonly tell: (text: string) => void
  /** Reads all of stdin. */
  readonly readInput: () => Promise<string>
  /** Reads the lines of a file, or of stdin. */
  readonly readLines: (file: string | undefined) => AsyncIterable<string>
  /** Asks the person at the terminal; undefined without a terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** True if stdout is a terminal. */
  readonly isTerminal: boolean
}

/** The console of this process. */
export function systemConsole(): Console {
  const { stdin, stdout, stderr } = process
  return {
    environment: readEnvironment,
    write: (text) => void stdout.write(text),
    tell: (text) => void stderr.write(text),
    readInput: () => text(stdin),
    readLines: (file) => readLines(file === undefined ? stdin : createReadStream(file)),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
    isTerminal: stdout.isTTY === true,
  }
}

/** An unreadable file fails when its lines are read. */
async function* readLines(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}
