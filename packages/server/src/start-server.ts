import type { Config } from './config/load-config.ts'
import { beginOpening } from './database/open-database.ts'
import { openHttpServer } from './http/http-server.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import type { MetricsServer } from './http/metrics-server.ts'
import { requestLog } from './http/request-log.ts'
import type { Logger } from './logging/logger.ts'
import type { RunningAccountServer, ServerParts } from './serve-accounts.ts'
import { version } from './version.ts'

/**
 * config → listen → database → account → serve.
 *
 * The port comes first: a port in use is reported before anything is touched, probes get answers
 * during migrations, and with port 0 the module gets the number for DID documents.
 *
 * @throws {ListenError}
 * @throws {DatabaseError}
 * @throws {LockedError}
 */
export async function startServer(
  config: Config,
  logger: Logger,
  parts: ServerParts = {},
): Promise<RunningAccountServer> {
  const metrics = config.metricsEnabled ? createMetrics(version) : undefined
  const http = await openHttpServer({
    port: config.port,
    address: config.listenAddress,
    corsOrigins: config.corsOrigins,
    observers: [requestLog(logger), ...(metrics === undefined ? [] : [metrics.observe])],
  })
  let metricsServer: MetricsServer | undefined
  try {
    metricsServer = await openMetrics(config, metrics, logger)
    // The database opens in another thread or on another machine, while the rest of the program is
    // loaded.
    const opening =
      parts.openDatabase === undefined
        ? await beginOpening(config, logger)
        : { database: parts.openDatabase(config, logger) }
    const [database, { serveAccounts }] = await Promise.all([
      opening.database,
      import('./serve-accounts.ts'),
    ])
    try {
      return await serveAccounts(config, { database, http, metrics, metricsServer, logger }, parts)
    } catch (error) {
      await database.close()
      throw error
    }
  } catch (error) {
    await http.drain(0)
    await metricsServer?.close()
    throw error
  }
}

/** Undefined if the metrics have no separate port. */
async function openMetrics(
  { metricsPort: port, listenAddress: address }: Config,
  metrics: Metrics | undefined,
  logger: Logger,
): Promise<MetricsServer | undefined> {
  if (metrics === undefined || port === undefined) return undefined
  const { openMetricsServer } = await import('./http/metrics-server.ts')
  const server = await openMetricsServer(metrics.registry, { port, address })
  logger.info({ port: server.port }, 'metrics are served on a separate port')
  return server
}
