import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Starts a script of this folder, pinned to one core. */
export function startOnCore(core: number, script: string, args: readonly string[]): ChildProcess {
  const command = [process.execPath, ...process.execArgv, join(import.meta.dirname, script)]
  return spawn('taskset', ['-c', String(core), ...command, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
}

/** The next message of a process. */
export async function messageOf<T>(child: ChildProcess): Promise<T> {
  const waiting = new AbortController()
  const { signal } = waiting
  const ended = once(child, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`A process of the benchmark ended early, with ${code ?? killedBy}`)
  })
  try {
    const [value] = await Promise.race([once(child, 'message', { signal }), ended])
    return value as T
  } finally {
    ended.catch(() => {})
    waiting.abort()
  }
}

/** CPU time in microseconds and memory in bytes that a server has used. */
export interface Usage {
  readonly cpu: number
  readonly rss: number
}

export async function usageOf(server: ChildProcess): Promise<Usage> {
  server.send('usage')
  return await messageOf<Usage>(server)
}
