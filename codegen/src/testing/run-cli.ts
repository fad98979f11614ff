import { runProgram } from '../run-program.ts'
import { forTerminal } from '../text/invisible.ts'

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
