import { type Program, startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'

/** Equal servers on one database. */
export interface ServerFleet {
  urls(): readonly string[]
  /** Kills a server with its calls, in turn. */
  killOne(): Promise<void>
  /** URLs of killed servers. */
  killed(): readonly string[]
  /** Starts another server in place of the killed one. */
  replace(): Promise<void>
  /** Names of servers that ended without being killed. */
  ended(): readonly string[]
  /** Ends all servers; their exit codes. */
  stop(): Promise<readonly (number | null)[]>
}

export interface ServerFleetOptions {
  readonly size: number
  readonly url: string
  /** The direct address, if `url` is that of a pooler. */
  readonly primaryUrl?: string
  readonly smtpUrl: string
}

export async function startServerFleet({
  size,
  url,
  primaryUrl = url,
  smtpUrl,
}: ServerFleetOptions): Promise<ServerFleet> {
  const data = await temporaryDirectory()
  const start = () =>
    startProgram({
      dataDirectory: data.path,
      env: {
        PDS_DB_POSTGRES_URL: url,
        PDS_DB_POSTGRES_MIGRATION_URL: primaryUrl,
        PDS_EMAIL_SMTP_URL: smtpUrl,
        PDS_EMAIL_FROM_ADDRESS: 'pds@example.com',
        // The database is checked; bcrypt would only slow it down.
        PDS_PASSWORD_HASH_COST: '4',
        PDS_RATE_LIMITS_ENABLED: 'false',
      },
    })
  // The first one writes the secrets that the others read.
  const servers: Program[] = [await start()]
  while (servers.length < size) servers.push(await start())
  const killed: string[] = []
  let next = 0
  const place = () => next % size
  return {
    urls: () => servers.map((server) => server.url),
    killOne: async () => {
      const server = servers[place()]
      if (server === undefined) return
      killed.push(server.url)
      await server.signal('SIGKILL')
    },
    killed: () => killed,
    replace: async () => {
      servers[place()] = await start()
      next++
    },
    ended: () =>
      servers
        .filter(({ process }) => process.exitCode !== null || process.signalCode !== null)
        .map((server) => `${server.url} ended:\n${server.said()}`),
    stop: async () => {
      const codes = await Promise.all(servers.map((server) => server.signal('SIGTERM')))
      await data.remove()
      return codes
    },
  }
}
