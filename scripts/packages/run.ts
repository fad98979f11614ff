import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  /** Its stdout, and then its stderr. */
  readonly output: string
}

/** A command that ended with something else than 0. */
export class RunError extends Error {
  override readonly name = 'RunError'
  /** Its output on both streams. */
  readonly output: string

  constructor(command: string, { code, output }: Finished) {
    super(`${command} ended with ${code}:\n${output}`)
    this.output = output
  }
}

/** Nothing here takes that long, but an unreachable registry is asked again and again. In milliseconds. */
const TIMEOUT = 900_000

/** Runs a command to its end, whatever that is. */
export async function attempt(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT,
  })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  const stdout = await out
  return { code, stdout, output: stdout + (await err) }
}

/**
 * Runs a command that has to work, and returns what it wrote to stdout.
 *
 * @throws {RunError} when it does not end with 0
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const finished = await attempt(command, args, options)
  if (finished.code !== 0) throw new RunError([command, ...args].join(' '), finished)
  return finished.stdout
}
