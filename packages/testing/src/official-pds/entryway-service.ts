import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { simpleParser } from 'mailparser'
import { freePort } from '../network/free-port.ts'
import { type Program, startProgram, temporaryDirectory } from '../programs/program.ts'
import { startBalancer } from '../programs/reverse-proxy.ts'
import { type PlcDirectory, startPlcDirectory } from '../third-party/plc-directory.ts'
import { type OfficialPds, startOfficialPds } from './start-official-pds.ts'

/** The program as an entryway in front of two official PDSes, set up by its own commands. */
export interface EntrywayService {
  /** Public URL: that of haproxy in front of the processes. */
  readonly url: string
  readonly plc: PlcDirectory
  readonly hosts: readonly [EntrywayHost, EntrywayHost]
  readonly programs: readonly Program[]
  /** Starts a killed process again. */
  restart(index: number): Promise<void>
  /** Runs a command of the program and returns its output. */
  run(command: string): Promise<string>
  /** Runs `act`, waits for a new mail to the address, and returns the code in it. */
  nextCode(to: string, act: () => Promise<unknown>): Promise<string>
  close(): Promise<void>
}

export interface EntrywayHost extends OfficialPds {
  readonly did: string
}

const MAIN = fileURLToPath(new URL('../../../server/bin/lexwright-server.js', import.meta.url))
const HOSTS = ['did:web:pds-a.test', 'did:web:pds-b.test'] as const
/**
 * Different loopback addresses, so that the processes and haproxy can share a port, and thereby a
 * public URL.
 */
const ADDRESSES = ['127.0.0.2', '127.0.0.3']

/** @param postgresUrl an empty database. */
export async function openEntrywayService(postgresUrl: string): Promise<EntrywayService> {
  const cleanups: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const data = await temporaryDirectory()
    cleanups.push(data.remove)
    const plc = await startPlcDirectory()
    cleanups.push(plc.close)
    const port = await freePort()
    const env = {
      ENTRYWAY_ENABLED: 'true',
      PDS_PORT: String(port),
      PDS_DB_POSTGRES_URL: postgresUrl,
      // Official PDSes do not call IP addresses.
      PDS_DID_PLC_URL: plc.url.replace('127.0.0.1', 'localhost'),
      PDS_OAUTH_ENABLED: 'true',
      PDS_TRUSTED_PROXIES: '1',
      // Hashing cost and limits are not tested here.
      PDS_PASSWORD_HASH_COST: '4',
      PDS_RATE_LIMITS_ENABLED: 'false',
    }
    const run = async (command: string): Promise<string> => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--conditions=@lexwright/source', MAIN, ...command.split(' ')],
        {
          cwd: data.path,
          env: { PATH: process.env.PATH, PDS_DATA_DIRECTORY: data.path, ...env },
        },
      )
      return stdout
    }
    const settings = JSON.parse(await run('pds settings --json')) as Record<string, string>
    const startProcess = (address: string): Promise<Program> =>
      startProgram({ dataDirectory: data.path, env: { ...env, PDS_LISTEN_ADDRESS: address } })
    const startHost = async (did: string): Promise<EntrywayHost> => {
      const pds = await startOfficialPds({
        plcUrl: env.PDS_DID_PLC_URL,
        env: {
          ...settings,
          PDS_SERVICE_DID: did,
          PDS_BLOB_UPLOAD_LIMIT: String(100 * 1024 * 1024),
        },
      })
      cleanups.push(pds.close)
      return Object.assign(pds, { did })
    }
    const [programs, a, b] = await Promise.all([
      Promise.all(ADDRESSES.map(startProcess)),
      startHost(HOSTS[0]),
      startHost(HOSTS[1]),
    ])
    cleanups.push(() => Promise.all(programs.map((program) => program.signal('SIGTERM'))))
    const balancer = await startBalancer(port, ADDRESSES)
    cleanups.push(balancer.stop)
    const passwordFile = join(data.path, 'password')
    for (const { url, adminPassword } of [a, b]) {
      await writeFile(passwordFile, adminPassword)
      await run(`pds add ${url} --admin-password-file ${passwordFile}`)
    }

    const findMails = async (to: string): Promise<ReadonlyMap<string, string>> => {
      const directory = join(data.path, 'mail')
      const found = new Map<string, string>()
      for (const name of await readdir(directory).catch(() => [])) {
        if (!name.endsWith('.eml')) continue
        const mail = await readFile(join(directory, name), 'utf8')
        if (mail.includes(`To: ${to}`)) found.set(name, mail)
      }
      return found
    }
    return {
      url: `http://localhost:${port}`,
      plc,
      hosts: [a, b],
      programs,
      restart: async (index) => {
        programs[index] = await startProcess(ADDRESSES[index] ?? '')
      },
      run,
      nextCode: async (to, act) => {
        const before = await findMails(to)
        await act()
        for (;;) {
          for (const [name, mail] of await findMails(to)) {
            const { text = '' } = before.has(name) ? {} : await simpleParser(mail)
            const [, code] = /^\s*([a-z2-7]{5}-[a-z2-7]{5})$/im.exec(text) ?? []
            if (code !== undefined) return code
          }
          await delay(50)
        }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
