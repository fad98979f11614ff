import { Readable } from 'node:stream'
import { expect } from '@jest/globals'
import { systemConsole } from '../commands/console.ts'
import { runProgram } from '../commands/run-program.ts'

/** The outcome of a command. */
export interface Result {
  readonly code: number
  readonly out: string
  readonly told: string
}

export interface World {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Answer typed at the terminal. */
  readonly answer?: string
}

/** Runs commands of the program in this process. */
export interface CommandLine {
  run(args: string | readonly string[], world?: World): Promise<Result>
  /** Runs a command with `--json` that must succeed, and parses its output. */
  runJson<Value>(args: string, world?: World): Promise<Value>
}

/** @param environment of every command; a test may add variables. */
export function commandLine(environment: Readonly<Record<string, string>>): CommandLine {
  const run: CommandLine['run'] = async (args, { env = {}, input = '', answer } = {}) => {
    let out = ''
    let told = ''
    const code = await runProgram(typeof args === 'string' ? args.split(' ') : args, {
      environment: () => ({ ...environment, ...env }),
      write: (text) => {
        out += text
      },
      tell: (text) => {
        told += text
      },
      readInput: async () => input,
      readLines: (file) =>
        file === undefined ? Readable.from(input.split('\n')) : systemConsole().readLines(file),
      ask: answer === undefined ? undefined : async () => answer,
      isTerminal: false,
    })
    return { code, out, told }
  }
  return {
    run,
    runJson: async (args, world) => {
      const { code, out, told } = await run(`${args} --json`, world)
      expect([code, told]).toEqual([0, ''])
      return JSON.parse(out)
    },
  }
}
