import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../server/bin/lexwright-server.js', import.meta.url))

const NODE_OPTIONS = ['--conditions=@lexwright/source']
/** Compiles PGlite faster: no test runs long enough to gain from optimized code. */
const QUICKLY_COMPILED = ['--liftoff-only']

/** The real program in a separate process. */
export interface Program {
  readonly url: string
  readonly port: number
  readonly process: ChildProcess
  /** The log so far, one JSON object per line. */
  readonly log: () => string
  /** Text printed to stderr so far. */
  readonly said: () => string
  /** Sends a signal and resolves with the exit code; null if the signal killed it. */
  signal(signal: NodeJS.Signals): Promise<number | null>
}

/** Children to kill if this process ends. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** The process ended before it listened. */
export class ProgramEnded extends Error {
  override readonly name = 'ProgramEnded'
  readonly exitCode: number | null
  readonly said: string

  constructor(exitCode: number | null, said: string) {
    super(`the program ended with ${exitCode}: ${said}`)
    this.exitCode = exitCode
    this.said = said
  }
}

export interface ProgramOptions {
  /** Created by {@link temporaryDirectory}. */
  readonly dataDirectory: string
  readonly env?: Readonly<Record<string, string>>
  /** The file to run and its arguments; the installed program by default. */
  readonly command?: readonly string[]
  /** True for optimized PGlite, for measurements. */
  readonly isOptimized?: boolean
}

/**
 * Starts the program on a free port and resolves once it answers.
 *
 * @throws {ProgramEnded} if it does not start.
 */
export async function startProgram({
  dataDirectory,
  env = {},
  command = [MAIN],
  isOptimized = false,
}: ProgramOptions): Promise<Program> {
  const options = isOptimized ? NODE_OPTIONS : [...NODE_OPTIONS, ...QUICKLY_COMPILED]
  const child = spawn(process.execPath, [...options, ...command], {
    // Not the project's directory, where a developer's .env would be read.
    cwd: tmpdir(),
    env: {
      PATH: process.env.PATH,
      PDS_PORT: '0',
      PDS_DATA_DIRECTORY: dataDirectory,
      PDS_LOG_FORMAT: 'json',
      // Loading it adds a second to a start; tests of OAuth turn it on.
      PDS_OAUTH_ENABLED: 'false',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  child.once('close', () => children.delete(child))
  let log = ''
  let said = ''
  const exit = once(child, 'close').then(([code]): number | null => code)

  const port = await new Promise<number>((resolve, reject) => {
    const look = (): void => {
      // The greeting ends with a first call, so everything before it is printed.
      const listening = /curl http:\/\/[^/]+:(\d+)\//.exec(said)?.[1]
      if (listening !== undefined) resolve(Number(listening))
    }
    child.stdout.on('data', (bytes: Buffer) => {
      log += bytes.toString()
      look()
    })
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      look()
    })
    void exit.then((code) => reject(new ProgramEnded(code, said)))
  })

  return {
    url: `http://localhost:${port}`,
    port,
    process: child,
    log: () => log,
    said: () => said,
    signal: (signal) => {
      child.kill(signal)
      return exit
    },
  }
}

/** A directory deleted by `remove`. */
export async function temporaryDirectory(): Promise<{
  readonly path: string
  remove(): Promise<void>
}> {
  const path = await mkdtemp(join(tmpdir(), 'lexwright-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
