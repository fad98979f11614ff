import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../network/free-port.ts'

const PROGRAM = join(import.meta.dirname, 'serve-pds.js')

export interface OfficialPdsOptions {
  /** URL of the directory for the DIDs of its accounts. */
  readonly plcUrl: string
  /** Settings of the PDS that are added to those below or override them, such as `PDS_ENTRYWAY_URL`. */
  readonly env?: Readonly<Record<string, string>>
}

/** A PDS in a separate process. */
export interface OfficialPds {
  /** Also the endpoint in DID documents of its accounts. */
  readonly url: string
  /** Password of the user `admin`, for `Basic` authentication. */
  readonly adminPassword: string
  readonly process: ChildProcess
  /** Kills the process with SIGKILL; its data stays. */
  kill(): Promise<void>
  /** Starts it again with its data at the same address, with changed settings. */
  start(changes?: Readonly<Record<string, string>>): Promise<void>
  /** Ends the process and deletes its data. */
  close(): Promise<void>
}

/**
 * Starts the official PDS, as published, with empty SQLite databases. Handles end in `.test`,
 * sign-up is open, and nothing is rate-limited.
 */
export async function startOfficialPds({
  plcUrl,
  env = {},
}: OfficialPdsOptions): Promise<OfficialPds> {
  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'lexwright-pds-'))
  const adminPassword = randomBytes(16).toString('hex')
  const settings = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    LOG_ENABLED: 'false',
    PDS_PORT: String(port),
    PDS_DATA_DIRECTORY: data,
    PDS_BLOBSTORE_DISK_LOCATION: join(data, 'blobs'),
    PDS_DID_PLC_URL: plcUrl,
    PDS_SERVICE_HANDLE_DOMAINS: '.test',
    PDS_INVITE_REQUIRED: 'false',
    PDS_RATE_LIMITS_ENABLED: 'false',
    PDS_DEV_MODE: 'true',
    PDS_DISABLE_SSRF_PROTECTION: 'true',
    PDS_ADMIN_PASSWORD: adminPassword,
    PDS_JWT_SECRET: randomBytes(16).toString('hex'),
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: randomBytes(32).toString('hex'),
    ...env,
  }
  let child: ChildProcess
  try {
    child = await run(settings)
  } catch (error) {
    await rm(data, { recursive: true, force: true })
    throw error
  }
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    url: `http://localhost:${port}`,
    adminPassword,
    get process() {
      return child
    },
    kill,
    start: async (changes) => {
      child = await run({ ...settings, ...changes })
    },
    close: async () => {
      await kill()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Starts the process and waits until it listens. */
async function run(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The official PDS ended with ${code}.`)
  })
  await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => {})
  return child
}
