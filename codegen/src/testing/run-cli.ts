import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { runProgram } from '../run-program.ts'
import { forTerminal } from '../text/invisible.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const cli = join(root, 'codegen', 'src', 'cli.ts')
/** The cache folder of the published command: compiling is two thirds of a run. */
const compiled = join(root, 'codegen', '.cache')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command in a folder, in this process: a child process would compile the generator again.
 */
export async function runHere(folder: string, ...args: readonly string[]): Promise<Outcome> {
  const read = { stdout: '', stderr: '' }
  let code = 0
  const before = process.cwd()
  process.chdir(folder)
  try {
    await runProgram(args, {
      out: (line) => {
        read.stdout += `${forTerminal(line)}\n`
      },
      err: (line) => {
        read.stderr += `${forTerminal(line)}\n`
      },
      exit: (decided) => {
        code = decided
      },
      color: { out: false, err: false },
      interrupted: new AbortController().signal,
    })
  } finally {
    process.chdir(before)
  }
  return { code, ...read }
}

/**
 * Runs the command from its source in a folder, in a child process, since a process caches DNS names that it did not
 * find.
 */
export async function runCli(folder: string, ...args: readonly string[]): Promise<Outcome> {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, ...env } = process.env
  const child = spawn(process.execPath, ['--conditions=@lexwright/source', cli, ...args], {
    cwd: folder,
    env: { ...env, NO_COLOR: '1', NODE_COMPILE_CACHE: compiled },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 100_000,
  })
  const read = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    read.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    read.stderr += text
  })
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  return { code, ...read }
}
