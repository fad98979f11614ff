import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { environmentOf, healthCommand, lastOf, type Stage, wordsOf } from './dockerfile.ts'

/** What an image would be run as: its command, environment, user and file system. */
export interface Container {
  readonly process: ChildProcess
  /** What it printed so far. */
  readonly output: () => string
  /** The exit code of the health check. */
  health(): Promise<number | null>
  /** Whether its user can write into a folder. */
  canWrite(folder: string): Promise<boolean>
  /** Ends it as an engine does, and returns the exit code. */
  stop(): Promise<number | null>
}

export interface ContainerOptions {
  readonly stage: Stage
  /** The root of its file system. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * Starts what an image would start, as the user it names. Nothing of the folder is writable for that user but `/data`;
 * the environment holds what the image and the options say and nothing else, not even a home.
 */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const { stage, folder } = options
  const data = join(folder, 'data')
  await makeReadOnly(folder)
  const user = userOf(stage)
  if (user !== undefined) await chown(data, user.uid, user.gid)
  await chmod(data, 0o700)

  const settings = {
    cwd: join(folder, lastOf(stage, 'WORKDIR')?.text ?? ''),
    env: { ...environmentOf(stage), PDS_DATA_DIRECTORY: data, ...options.env },
    ...user,
  }
  const launch = (words: readonly string[] | undefined): ChildProcess => {
    const [program, ...args] = words ?? []
    if (program !== 'node') throw new Error(`not a command for Node: ${words?.join(' ')}`)
    return spawn(process.execPath, args, { ...settings, stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const child = launch(wordsOf(lastOf(stage, 'ENTRYPOINT')?.text ?? ''))
  process.once('exit', () => child.kill('SIGKILL'))
  const ended = endOf(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
  }
  return {
    process: child,
    output: () => output,
    health: () => endOf(launch(healthCommand(stage))),
    canWrite: async (target) => {
      const script = `fs.writeFileSync(${JSON.stringify(join(target, 'probe'))}, '')`
      return (await endOf(launch(['node', '-e', script]))) === 0
    },
    stop: async () => {
      child.kill('SIGTERM')
      return await ended
    },
  }
}

/** Asks until the health check is content. */
export async function untilHealthy(container: Container, timeoutMs: number): Promise<void> {
  for (
    const deadline = Date.now() + timeoutMs;
    (await container.health()) !== 0;
    await delay(200)
  ) {
    if (container.process.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the container did not become healthy:\n${container.output()}`)
    }
  }
}

/** The secrets that production demands. */
export function newSecrets(): Readonly<Record<string, string>> {
  const secret = () => randomBytes(32).toString('hex')
  return {
    PDS_JWT_SECRET: secret(),
    PDS_ADMIN_PASSWORD: secret(),
    PDS_PASSWORD_PEPPER: secret(),
    PDS_KEY_ENCRYPTION_KEY_HEX: secret(),
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: secret(),
  }
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit')
  return code
}

/** The user by number; only root can become somebody else, and elsewhere the same is checked as oneself. */
function userOf(stage: Stage): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = (lastOf(stage, 'USER')?.text ?? '').split(':').map(Number)
  if (!uid || !gid) throw new Error('the image names no user by number')
  return { uid, gid }
}

async function makeReadOnly(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await makeReadOnly(path)
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o555)
  }
  await chmod(folder, 0o555)
}
