import { loadConfig } from '../config/load-config.ts'
import { greeting } from '../greeting.ts'
import { createLogger } from '../logging/logger.ts'
import type { ServerParts } from '../serve-accounts.ts'
import { startServer } from '../start-server.ts'

/** The server in this process. */
export interface ServerHere {
  readonly url: string
  readonly port: number
  /** The greeting. */
  readonly said: string
  /** The log so far, one JSON object per line. */
  readonly log: () => string
  /** Idempotent. */
  close(): Promise<void>
}

/**
 * Starts the server in this process, on a free port, with cheap password hashes and without OAuth.
 * Faster than a separate process, which would load the modules again.
 *
 * @param env must contain a data directory.
 */
export async function startHere(
  env: Readonly<Record<string, string>>,
  parts: ServerParts = {},
): Promise<ServerHere> {
  let log = ''
  const write = (line: string): void => {
    log += line
  }
  const config = loadConfig({
    PDS_PORT: '0',
    PDS_PASSWORD_HASH_COST: '4',
    PDS_OAUTH_ENABLED: 'false',
    ...env,
  })
  const logger = createLogger({ level: config.logLevel, format: 'json', output: { write } })
  const server = await startServer(config, logger, parts)
  let closed: Promise<void> | undefined
  return {
    url: `http://localhost:${server.port}`,
    port: server.port,
    said: greeting(config, server),
    log: () => log,
    close: () => {
      closed ??= server.close()
      return closed
    },
  }
}
