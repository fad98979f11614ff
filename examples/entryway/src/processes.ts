import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type Settings = Readonly<Record<string, string>>

/** The programs of the network, each in its own process. */
export interface Processes {
  /** Runs a Node script until `stop`; resolves once its address answers. */
  start(program: Program): Promise<void>
  /** Ends all programs, the last one first. */
  stop(): Promise<void>
}

export interface Program {
  readonly file: URL
  readonly settings: Settings
  /** A URL that answers once the program is ready. */
  readonly address: string
}

export function createProcesses(): Processes {
  const running: ChildProcess[] = []
  return {
    start: async ({ file, settings, address }) => {
      const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(file)], {
        env: environment(settings),
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      running.push(child)
      const answers = () =>
        fetch(address).then(
          (response) => response.ok,
          () => false,
        )
      while (!(await answers())) {
        if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`)
        await delay(100)
      }
    },
    stop: async () => {
      for (const child of running.splice(0).reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill()
        await ended
      }
    },
  }
}

/** Runs a Node script to its end, and returns its output. */
export async function run(file: URL, args: readonly string[], settings: Settings): Promise<string> {
  const command = [...process.execArgv, fileURLToPath(file), ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: environment(settings),
  })
  return stdout
}

function environment(settings: Settings): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, ...settings }
}
