import { execFile } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** A program that ended with something else than 0. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly exitCode: number | string | undefined
  /** What it printed, on both streams. */
  readonly output: string

  constructor(command: string, exitCode: number | string | undefined, output: string) {
    super(`${command} ended with ${exitCode}:\n${output}`)
    this.exitCode = exitCode
    this.output = output
  }
}

/**
 * Runs a program and returns what it printed to stdout.
 *
 * @throws {RunError} when it does not end with 0
 */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else {
        const command = [program, ...args].join(' ')
        reject(new RunError(command, error.code ?? error.signal, `${stdout}${stderr}`))
      }
    })
  })
}
