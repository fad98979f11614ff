import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { freePort } from '../network/free-port.ts'
import { type PostgresPrograms, postgresPrograms } from './postgres-programs.ts'

export interface PostgresServer {
  /** A superuser's connection URL for the maintenance database `postgres`. */
  readonly url: string
  stop(): Promise<void>
  /** Stops it like a power failure; its data stays. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>
}

export interface PostgresOptions {
  /** True to sync to disk, as in production. */
  readonly durable?: boolean
  /**
   * Directory for the data, kept between runs; by default one that is deleted when the server
   * stops.
   */
  readonly directory?: string
  /** Further settings of PostgreSQL, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

const PASSWORD = 'postgres'

/**
 * A real PostgreSQL on a free local port, in a folder deleted when it stops, at the latest when this
 * process ends. Tuned for tests and benchmarks on one machine: nothing is synced to disk unless
 * `durable` is set. Also runs as root, then under another user.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { directory, settings = {}, durable = false } = options
  const home = await mkdtemp(join(tmpdir(), 'lexwright-postgres-'))
  const data = directory ?? join(home, 'data')
  const port = await freePort()
  const flags = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off' }),
    ...settings,
  }
  let programs: PostgresPrograms
  let postmaster: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const child = spawn(
      programs.postgres,
      [
        ...['-D', data, '-p', String(port)],
        ...Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...programs.user, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    postmaster = child
    await said(child, 'ready to accept connections')
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (postmaster?.kill(signal)) await once(postmaster, 'exit')
  }
  const discard = (): void => {
    postmaster?.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
  process.once('exit', discard)
  const stop = async (): Promise<void> => {
    await end('SIGINT')
    await rm(home, { recursive: true, force: true })
    process.off('exit', discard)
  }
  try {
    await chmod(home, 0o755)
    programs = await postgresPrograms(join(home, 'programs'))
    if (!existsSync(join(data, 'PG_VERSION'))) await initialize(programs, { home, data, durable })
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    stop,
    kill: () => end('SIGKILL'),
    restart: start,
  }
}

async function initialize(
  { initdb, user }: PostgresPrograms,
  { home, data, durable }: { home: string; data: string; durable: boolean },
): Promise<void> {
  await mkdir(data, { recursive: true })
  const passwordFile = join(home, 'password')
  await writeFile(passwordFile, PASSWORD)
  if (user) for (const path of [data, passwordFile]) await chown(path, user.uid, user.gid)
  const child = spawn(
    initdb,
    [
      ...[`--pgdata=${data}`, '--username=postgres', '--auth=password'],
      ...[`--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C'],
      ...(durable ? [] : ['--no-sync']),
    ],
    { ...user, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await said(child)
}

/**
 * Resolves once a program has said `text`, or without one once it has succeeded.
 *
 * @throws with its last words if it ends before, or does not start.
 */
async function said(
  child: ChildProcess & { readonly stderr: Readable },
  text?: string,
): Promise<void> {
  const words: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    createInterface({ input: child.stderr }).on('line', (line) => {
      words.push(line)
      if (words.length > 200) words.shift()
      if (text !== undefined && line.includes(text)) resolve()
    })
    child.once('close', (code) => {
      if (code === 0 && text === undefined) resolve()
      else reject(new Error(`PostgreSQL did not start:\n${words.join('\n')}`))
    })
  })
}
