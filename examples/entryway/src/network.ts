import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Host, prepareHost } from './hosts.ts'
import { startPostgres } from './postgres.ts'
import { createProcesses, run, type Settings } from './processes.ts'

export interface NetworkOptions {
  /** Folder for all data. */
  readonly data: string
  /** Port of the entryway. The directory, both PDSes and PostgreSQL use the ports after it. */
  readonly port: number
  /** URL of a PostgreSQL; one from npm by default. */
  readonly databaseUrl?: string | undefined
}

/** A PLC directory, two official PDSes, and an entryway in front of them. */
export interface Network {
  readonly entryway: string
  readonly directory: string
  readonly hosts: readonly Host[]
  /** Folder of the mail files. */
  readonly mails: string
  stop(): Promise<void>
}

const SERVER = new URL(
  'bin/lexwright-server.js',
  import.meta.resolve('@lexwright/server/package.json'),
)

export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { port } = options
  const data = resolve(options.data)
  await mkdir(data, { recursive: true })
  const urlOf = (each: number): string => `http://localhost:${each}`
  const postgres =
    options.databaseUrl === undefined
      ? await startPostgres(join(data, 'postgres'), port + 4)
      : { url: options.databaseUrl, stop: async () => {} }
  const processes = createProcesses()
  const stop = async (): Promise<void> => {
    await processes.stop()
    await postgres.stop()
  }
  try {
    const directory = urlOf(port + 1)
    await processes.start({
      file: new URL('plc.js', import.meta.url),
      settings: { DATABASE_URL: postgres.url, PORT: String(port + 1) },
      address: `${directory}/_health`,
    })

    const settings: Settings = {
      ENTRYWAY_ENABLED: 'true',
      PDS_PORT: String(port),
      PDS_DATA_DIRECTORY: join(data, 'entryway'),
      PDS_DB_POSTGRES_URL: postgres.url,
      PDS_DID_PLC_URL: directory,
    }
    const forHosts = JSON.parse(await run(SERVER, ['pds', 'settings', '--json'], settings))
    const startHost = async (name: string, hostPort: number): Promise<Host> => {
      const did = `did:web:${name}.test`
      const { host, settings: own } = await prepareHost(join(data, name), { did, port: hostPort })
      await processes.start({
        file: new URL('pds.js', import.meta.url),
        settings: { ...own, ...forHosts, PDS_DID_PLC_URL: directory },
        address: `${host.url}/xrpc/_health`,
      })
      return host
    }
    const [a, b] = await Promise.all([
      startHost('pds-a', port + 2),
      startHost('pds-b', port + 3),
      processes.start({ file: SERVER, settings, address: `${urlOf(port)}/readyz` }),
    ])

    for (const { url, adminPasswordFile } of [a, b]) {
      await run(SERVER, ['pds', 'add', url, '--admin-password-file', adminPasswordFile], settings)
    }
    const mails = join(data, 'entryway', 'mail')
    return { entryway: urlOf(port), directory, hosts: [a, b], mails, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
