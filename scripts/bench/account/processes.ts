import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Program, startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'
import { JWT_SECRET, type SeededDatabase } from './seed.ts'

/** A server in its own process. */
export interface Server {
  readonly url: string
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** A server to compare with. */
export async function startPeer(name: string, database: SeededDatabase): Promise<Server> {
  const script = join(import.meta.dirname, 'peers', `${name}.ts`)
  const child = spawn(process.execPath, [...process.execArgv, script, database.url, JWT_SECRET], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [port] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended early`))),
  ])
  return { url: `http://127.0.0.1:${port}`, process: child, stop: () => stop(child) }
}

/** One per database: servers on one database share their secrets, and refuse to start with others. */
const dataDirectories = new Map<string, ReturnType<typeof temporaryDirectory>>()

/** The real program. */
export async function startOurs(
  database: SeededDatabase,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const opening = dataDirectories.get(database.url) ?? temporaryDirectory()
  dataDirectories.set(database.url, opening)
  const data = await opening
  const program = await startProgram({
    dataDirectory: data.path,
    env: {
      PDS_DB_POSTGRES_URL: database.url,
      PDS_JWT_SECRET: JWT_SECRET,
      PDS_RATE_LIMITS_ENABLED: 'false',
      // Like the peers, which write no log.
      PDS_LOG_LEVEL: 'warn',
      ...settings,
    },
  })
  return serverOf(program, async () => {})
}

/** The real program with its embedded database, empty. */
export async function startEmbedded(settings: Readonly<Record<string, string>>): Promise<Server> {
  const data = await temporaryDirectory()
  const program = await startProgram({
    dataDirectory: data.path,
    isOptimized: true,
    env: { PDS_RATE_LIMITS_ENABLED: 'false', PDS_LOG_LEVEL: 'warn', ...settings },
  })
  return serverOf(program, data.remove)
}

function serverOf(program: Program, cleanUp: () => Promise<void>): Server {
  return {
    url: `http://127.0.0.1:${program.port}`,
    process: program.process,
    stop: async () => {
      await program.signal('SIGTERM')
      await cleanUp()
    },
  }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

interface Running {
  readonly process: { readonly pid?: number | undefined }
}

/** CPU time of a process in microseconds, from Linux's clock ticks of 10 ms. */
export async function cpuOf({ process }: Running): Promise<number> {
  const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Resident memory of a process, in megabytes. */
export async function memoryOf({ process }: Running): Promise<number> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}
