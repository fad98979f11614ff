import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface ShellResult {
  /** The output of both streams, interleaved. */
  readonly output: string
  readonly exitCode: number
}

/** A program that keeps running. */
export interface Started {
  /** Its output so far. */
  output(): string
  isRunning(): boolean
}

/** A terminal: variables and the current folder persist from step to step. */
export interface Shell {
  /** @throws if the commands take too long. */
  run(commands: string): Promise<ShellResult>
  /**
   * Starts a long-running program in the current folder. Ends the previous one first, as with
   * Ctrl-C.
   */
  start(commands: string): Promise<Started>
  /** Ends all started programs, and the shell. */
  close(): Promise<void>
}

export interface ShellOptions {
  /** The initial folder. */
  readonly folder: string
  /** A folder for its own files. */
  readonly scratch: string
  readonly env: NodeJS.ProcessEnv
}

const STEP_DEADLINE_MS = 300_000

export function openShell({ folder, scratch, env }: ShellOptions): Shell {
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env, detached: true })
  const ended = new Promise<void>((resolve) => bash.once('close', () => resolve()))
  const groups: number[] = []
  let files = 0
  let read = ''
  let look: () => void = () => {}
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      read += text
      look()
    })
  }

  const save = async (name: string, text: string): Promise<string> => {
    const file = join(scratch, `${++files}-${name}`)
    await writeFile(file, text)
    return file
  }

  const run = async (commands: string): Promise<ShellResult> => {
    // `set -e` would end the shell at the first failure; a trap records it instead.
    const file = await save('step.sh', `trap 'exitcode=$?' ERR\nexitcode=0\n${commands}\n`)
    const mark = `--end of step ${files}--`
    const end = new RegExp(`${mark} (\\d+)\\n`)
    read = ''
    bash.stdin.write(`. ${file} </dev/null 2>&1; trap - ERR; echo "${mark} $exitcode"\n`)
    const match = await new Promise<RegExpExecArray>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`took too long; it has printed:\n${read}`))
      }, STEP_DEADLINE_MS)
      look = () => {
        const found = end.exec(read)
        if (found === null) return
        clearTimeout(timer)
        resolve(found)
      }
      look()
    })
    return { output: read.slice(0, match.index), exitCode: Number(match[1]) }
  }

  const endAll = async (): Promise<void> => {
    await Promise.all(groups.splice(0).map(endGroup))
  }

  return {
    run,
    start: async (commands) => {
      await endAll()
      const script = await save('start.sh', commands)
      const output = await save('output.txt', '')
      // With job control, so that it leads its own process group.
      const { output: pid } = await run(
        `set -m; bash ${script} >${output} 2>&1 </dev/null & echo $!; set +m`,
      )
      const leader = Number(pid.trim())
      groups.push(leader)
      return {
        output: () => readFileSync(output, 'utf8'),
        isRunning: () => signal(leader, 0),
      }
    },
    close: async () => {
      await endAll()
      bash.stdin.end()
      await ended
    },
  }
}

/** Ends a program with all its children. */
async function endGroup(leader: number): Promise<void> {
  for (const [name, patience] of [
    ['SIGTERM', 100],
    ['SIGKILL', 10],
  ] as const) {
    for (let tries = 0; tries < patience; tries++) {
      if (!signal(-leader, tries === 0 ? name : 0)) return
      await delay(50)
    }
  }
}

/** False if the process no longer exists. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
