import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export interface Finished {
  /** Null if it was ended by a signal. */
  readonly code: number | null
  readonly stdout: string
  /** Its stdout followed by its stderr. */
  readonly output: string
}

/** A command failed with a code other than 0. */
export class RunError extends Error {
  override readonly name = 'RunError'
  /** Its output on both streams. */
  readonly output: string

  constructor(command: string, { code, output }: Finished) {
    super(`${command} ended with ${code}:\n${output}`)
    this.output = output
  }
}

/** Milliseconds; far more than needed, but npm retries an unreachable registry for a long time. */
const TIMEOUT = 900_000

/** Runs a command to its end, whatever the outcome. */
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
 * Runs a command that must succeed, and returns its stdout.
 *
 * @throws {RunError} if it does not exit with 0
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
