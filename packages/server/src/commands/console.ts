import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { type Environment, readEnvironment } from '../config/environment.ts'

/** What a command has of the world. */
export interface Console {
  readonly environment: () => Environment
  /** Results, on stdout. */
  readonly write: (text: string) => void
  /** Everything that is no result, on stderr. */
  readonly tell: (text: string) => void
  /** All of stdin. */
  readonly readInput: () => Promise<string>
  /** Asks whoever sits at the terminal; undefined when nobody does. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** True if stdout is read by a person. */
  readonly isTerminal: boolean
}

/** The one of this process. */
export function systemConsole(): Console {
  const { stdin, stdout, stderr } = process
  return {
    environment: readEnvironment,
    write: (text) => void stdout.write(text),
    tell: (text) => void stderr.write(text),
    readInput: () => text(stdin),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
    isTerminal: stdout.isTTY === true,
  }
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}
