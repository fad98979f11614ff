import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from '@lexwright/generated'
import { ids, schemas } from '@lexwright/generated/lexicons'
import { createAccounts, createMailer, migrate, publicUrlOf } from './accounts.ts'
import type { Config } from './config/load-config.ts'
import { openDatabase } from './database/open-database.ts'
import { createApp } from './http/app.ts'
import { createReadiness } from './http/health.ts'
import { type HttpServer, listen } from './http/http-server.ts'
import { createMetrics } from './http/metrics.ts'
import type { Logger } from './logging/logger.ts'
import {
  accountErrorTexts,
  accountMethodAuth,
  accountMethodErrors,
} from './pages/account-methods.ts'
import { RESET_PASSWORD_PATH } from './pages/reset-password.ts'
import { createRateLimits } from './rate-limits/rate-limits.ts'
import { version } from './version.ts'

/** A server that answers requests. */
export interface RunningServer {
  /** Where clients reach it, as far as the configuration tells. */
  readonly publicUrl: string
  readonly port: number
  /** Where the database is, for people. */
  readonly databaseLocation: string
  /** Finishes what is under way within the configured time, and lets go of everything. */
  close(): Promise<void>
}

/** How long background work, such as a mail under way, may hold up the end. */
const BACKGROUND_DEADLINE_MS = 5_000

/**
 * config → listen → database → account → serve.
 *
 * The port is taken first: whether it is free is known before anything is touched, probes get an answer while the
 * database is migrated, and with port 0 the number is known to the module, which writes it into DID documents.
 *
 * @throws {ListenError}
 * @throws {DatabaseError}
 * @throws {LockedError}
 */
export async function startServer(config: Config, logger: Logger): Promise<RunningServer> {
  const http = await listen({ port: config.port, address: config.listenAddress })
  try {
    return await start(config, logger, http)
  } catch (error) {
    await http.drain(0)
    throw error
  }
}

async function start(config: Config, logger: Logger, http: HttpServer): Promise<RunningServer> {
  const publicUrl = publicUrlOf(config, http.port)
  const database = await openDatabase(config, logger)
  const mailer = createMailer(config, logger)
  const rateLimits = createRateLimits(config, logger)
  const closeResources = async () => {
    await mailer.close()
    await rateLimits.close()
    await database.close()
  }
  try {
    // First, because it refuses a wrong policy before any table is touched.
    const accounts = await createAccounts({
      config,
      database,
      mailer,
      publicUrl,
      rateLimits: rateLimits.options,
      logger,
    })
    const migrations = await migrate(config, database)
    if (migrations.length > 0) logger.info({ migrations }, 'database migrated')

    const service = createServer()
    accounts.register(service)
    const readiness = createReadiness({ ping: database.ping })
    const metrics = config.metricsEnabled
      ? createMetrics({
          version,
          nsids: Object.values(ids),
          activeRequests: http.active,
          connections: database.connections,
          backlog: accounts.operator.countBacklog,
        })
      : undefined

    await accounts.start()
    const { trustedProxies } = config
    const app = createApp({
      service,
      resolveHandle: accounts.service.resolveHandle,
      // A page elsewhere takes the place of the service's own.
      resetPasswordPage:
        config.passwordResetUrl === undefined ||
        config.passwordResetUrl === publicUrl + RESET_PASSWORD_PATH
          ? { serviceName: config.serviceName, submit: accounts.submitPasswordReset }
          : undefined,
      apiPage: config.apiPageEnabled
        ? {
            serviceName: config.serviceName,
            serviceUrl: publicUrl,
            documents: schemas,
            auth: accountMethodAuth,
            errors: accountMethodErrors,
            errorTexts: accountErrorTexts,
            samples: { handle: `alice${config.handleDomains[0]}` },
          }
        : undefined,
      readiness,
      metrics,
      version,
      trustedProxies,
      logger,
    })
    http.serve(app)
    logger.info({ port: http.port, publicUrl, database: database.location, version }, 'listening')

    return {
      publicUrl,
      port: http.port,
      databaseLocation: database.location,
      close: async () => {
        logger.info({ active: http.active() }, 'shutting down')
        readiness.startDraining()
        await delay(config.drainDelay * 1000)
        const cutOff = await http.drain(config.drainTimeout * 1000)
        if (cutOff > 0) logger.warn({ requests: cutOff }, 'requests were cut off at the deadline')
        const stopped = await Promise.race([
          accounts.stop().then(() => true),
          delay(BACKGROUND_DEADLINE_MS, false, { ref: false }),
        ])
        if (!stopped)
          logger.warn({}, 'background work was cut off; it is resumed by the next start')
        metrics?.close()
        await closeResources()
        logger.info({}, 'stopped')
      },
    }
  } catch (error) {
    await closeResources()
    throw error
  }
}
