import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { arch, execPath, platform } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const require = createRequire(import.meta.url)

/**
 * Path of Bun's binary. Its package links it into the path only in an install script, and those are
 * disabled.
 */
const BUN: string = createRequire(require.resolve('bun/package.json')).resolve(
  `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`,
)

/** Path of Deno's binary. */
const DENO: string = createRequire(require.resolve('deno/package.json')).resolve(
  `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}/deno`,
)

/** Path of the runtime of Cloudflare Workers. */
export const WORKERD: string = createRequire(require.resolve('workerd/package.json')).resolve(
  `@cloudflare/workerd-${platform}-${arch === 'arm64' ? 'arm64' : '64'}/bin/workerd`,
)

/** A runtime that runs programs of this repository. */
export type Runtime = 'Node' | 'Bun' | 'Deno'

export const RUNTIMES: readonly Runtime[] = ['Node', 'Bun', 'Deno']

const CONDITION = '--conditions=@lexwright/source'

const commands: Readonly<Record<Runtime, readonly string[]>> = {
  Node: [execPath, CONDITION],
  Bun: [BUN, CONDITION],
  Deno: [DENO, 'run', '--allow-all', '--node-modules-dir=manual', CONDITION],
}

export interface RuntimeProgram {
  /** The first line it printed. */
  readonly line: string
  readonly process: ChildProcess
}

/** Starts that print nothing within this time are ended. */
const LONGEST_START_MS = 30_000

/**
 * Runs a TypeScript program in a runtime and resolves once it has printed a line.
 *
 * Deno 2.9.6 can wait forever at a first start: when `require()` loads an ES module, such as
 * `async-function/require.mjs`, and the analysis of that is not in `DENO_DIR` yet. On a busy machine
 * 4 of 80 first starts did, and none of 120 later ones. So a start of Deno that hangs is repeated.
 *
 * @throws if it ends without a line, or hangs: Deno three times.
 */
export async function runIn(runtime: Runtime, ...program: string[]): Promise<RuntimeProgram> {
  const starts = runtime === 'Deno' ? 3 : 1
  for (let start = 1; ; start++) {
    const [command = '', ...options] = commands[runtime]
    const child = spawn(command, [...options, ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const line = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([printed]) => printed),
      ended.then(() => undefined),
      delay(LONGEST_START_MS, undefined, { ref: false }),
    ])
    if (line !== undefined) return { line, process: child }
    const hangs = child.kill('SIGKILL')
    const [code] = await ended
    if (!hangs) throw new Error(`${runtime} ended with ${code} before it printed a line`)
    if (start === starts) {
      throw new Error(`${runtime} printed nothing within ${LONGEST_START_MS / 1000} seconds`)
    }
  }
}
