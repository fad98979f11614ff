import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

export const run: typeof execFile.__promisify__ = promisify(execFile)

/** The user PostgreSQL runs as: it refuses to run as root. */
export async function postgresUser(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

/** The folder of the newest PostgreSQL's programs. */
export async function findPostgres(): Promise<string | undefined> {
  if (process.env.POSTGRES_BIN !== undefined) return process.env.POSTGRES_BIN
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? undefined : join('/usr/lib/postgresql', newest, 'bin')
}

/** The path of an installed program. */
export function findProgram(name: string): string | undefined {
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
}

/** Starts programs in one folder, as one user, with a log file each. */
export interface Launcher {
  readonly folder: string
  readonly user: { readonly uid?: number; readonly gid?: number }
  start(name: string, command: string, args: readonly string[]): Promise<ChildProcess>
  /** Adds a cleanup, such as killing a process that a child has started. */
  atEnd(action: () => void): void
  /** Kills everything started; also called when this process ends. */
  close(): void
}

export function createLauncher({ folder, user }: Pick<Launcher, 'folder' | 'user'>): Launcher {
  const children = new Set<ChildProcess>()
  const actions: (() => void)[] = []
  const close = (): void => {
    for (const child of children) child.kill('SIGKILL')
    for (const action of actions) action()
  }
  process.once('exit', close)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  return {
    folder,
    user,
    start: async (name, command, args) => {
      const log = await open(join(folder, `${name}.log`), 'a', 0o644)
      const child = spawn(command, args, {
        ...user,
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
        stdio: ['ignore', log.fd, log.fd],
      })
      children.add(child)
      child.once('exit', () => children.delete(child))
      await log.close()
      return child
    },
    atEnd: (action) => actions.push(action),
    close,
  }
}

/** Resolves once a port of this machine accepts connections. */
export async function listening(port: number): Promise<void> {
  await until(
    () =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy()
          resolve(true)
        })
        socket.once('error', () => resolve(false))
      }),
    `port ${port}`,
  )
}

/** @throws if `condition` does not hold within the time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  subject: string,
  seconds = 120,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${subject}: not within ${seconds} seconds`)
    await delay(100)
  }
}

/** Signals processes and all of their descendants. */
export function signalTrees(roots: readonly number[], signal: NodeJS.Signals): void {
  // While they are stopped, no child is created and none is reparented.
  for (const pid of roots) send(pid, 'SIGSTOP')
  for (const pid of withDescendants(roots)) send(pid, signal)
}

/** Signals a process; one that has ended is no error. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

function withDescendants(roots: readonly number[]): readonly number[] {
  const all = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const found = new Set(roots)
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [pid, parent] of all) {
      if (pid !== undefined && parent !== undefined && found.has(parent)) found.add(pid)
    }
  }
  return [...found]
}
