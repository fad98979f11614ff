import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

export type Environment = Readonly<Record<string, string>>

export interface RunOptions {
  readonly cwd: string
  readonly env: Environment
}

export interface Finished {
  readonly code: number | null
  /** What it wrote to stdout and stderr. */
  readonly output: string
}

/** Nothing here takes that long, but an unreachable registry is asked again and again. In milliseconds. */
const TIMEOUT = 900_000

/** Runs a command to its end, whatever that is. */
export async function attempt(
  command: string,
  args: readonly string[],
  { cwd, env }: RunOptions,
): Promise<Finished> {
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT,
  })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: (await out) + (await err) }
}

/** @throws Error with what the command wrote, when it fails */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { code, output } = await attempt(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)
  return output
}

/** Set by `npm run`, or to make Node find sources. What leads to a registry stays. */
const OF_THE_REPOSITORY = /^(npm_(?!config_registry$)|NODE_(OPTIONS|PATH|ENV)$|INIT_CWD$|PATH$)/i

/**
 * The environment of somebody who has Node and npm, and nothing of this repository: no commands of its packages, no
 * options that would make Node load their sources.
 *
 * @param node the folder of the `node` to run
 */
export function foreignEnvironment(
  env: NodeJS.ProcessEnv,
  root: string,
  node: string,
): Environment {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !OF_THE_REPOSITORY.test(entry[0]),
  )
  const path = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, '/')))
  return {
    ...Object.fromEntries(kept),
    PATH: [node, ...path].join(delimiter),
    NO_COLOR: '1',
  }
}
