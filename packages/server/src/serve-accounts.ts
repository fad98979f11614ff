import { setTimeout as delay } from 'node:timers/promises'
import {
  type AccountModule,
  eraMethods,
  type IdentityProvider,
  type Mailer,
  todaysMethods,
  WrongSecrets,
} from '@lexwright/account'
import type { Entryway, Gateway } from '@lexwright/entryway'
import type { AuthorizationServer } from '@lexwright/oauth'
import type { Config } from './config/load-config.ts'
import { publicUrlOf } from './config/places.ts'
import { wrongSecrets } from './config/wrong-secrets.ts'
import { createAccounts, createMailer, migrate } from './create-accounts.ts'
import { createEntrywayFor, createGatewayFor, createTokensFor } from './create-entryway.ts'
import { createOAuth } from './create-oauth.ts'
import type { Database } from './database/database.ts'
import { createApp } from './http/app.ts'
import { createReadiness } from './http/health.ts'
import type { HttpServer } from './http/http-server.ts'
import { type Metrics, registerState } from './http/metrics.ts'
import type { MetricsServer } from './http/metrics-server.ts'
import { oauthRoutes } from './http/oauth-routes.ts'
import { describeService } from './http/well-known.ts'
import type { Logger } from './logging/logger.ts'
import { createLeftoverSweep } from './oauth-leftovers.ts'
import { describeAccountApi } from './pages/account-api.ts'
import { createReferencePage } from './pages/reference-page.ts'
import { RESET_PASSWORD_PATH } from './pages/reset-password.ts'
import { createRateLimits } from './rate-limits/rate-limits.ts'
import { version } from './version.ts'

/** A running server. */
export interface RunningAccountServer {
  /** Public URL of the service, from the configuration. */
  readonly publicUrl: string
  readonly port: number
  /** Location of the database, without credentials. */
  readonly databaseLocation: string
  /** Finishes current work within the configured time and closes everything. */
  close(): Promise<void>
}

/** Parts to use instead of the configured ones. The server closes them. */
export interface ServerParts {
  readonly openDatabase?: (config: Config, logger: Logger) => Promise<Database>
  /** Creates the publisher of new DIDs. */
  readonly createIdentity?: (config: Config) => IdentityProvider
  readonly createMailer?: (config: Config, logger: Logger) => Mailer
}

/** Resources of a server, which closes them once it runs. */
export interface Foundation {
  readonly database: Database
  readonly http: HttpServer
  /** Undefined if turned off. */
  readonly metrics: Metrics | undefined
  /** Serves metrics on a separate port, if configured. */
  readonly metricsServer: MetricsServer | undefined
  readonly logger: Logger
}

/** How long background work, such as sending a mail, may delay the shutdown. */
const BACKGROUND_DEADLINE_MS = 5_000

/** database → account → oauth → serve. Closes its own resources on failure. */
export async function serveAccounts(
  config: Config,
  foundation: Foundation,
  parts: Omit<ServerParts, 'openDatabase'> = {},
): Promise<RunningAccountServer> {
  const { database, http, metrics, metricsServer, logger } = foundation
  const publicUrl = publicUrlOf(config, http.port)
  const mailer = (parts.createMailer ?? createMailer)(config, logger)
  const rateLimits = await createRateLimits(config, logger)
  let oauth: AuthorizationServer | undefined
  let entryway: Entryway | undefined
  let gateway: Gateway | undefined
  const closeResources = async () => {
    await mailer.close()
    await rateLimits.close()
  }
  try {
    const tokens = await createTokensFor(config, () => entryway)
    // First, because it refuses an invalid policy before any table is touched.
    const accounts = createAccounts({
      config,
      database,
      identity: parts.createIdentity?.(config),
      tokens,
      mailer,
      publicUrl,
      rateLimits: rateLimits.options,
      logger,
      observe: metrics?.count,
    })
    entryway = await createEntrywayFor(config, accounts)
    oauth = await createOAuth({ config, accounts, entryway, publicUrl })
    gateway = await createGatewayFor(config, accounts, tokens)
    // Runs the migrations while the rest is loaded and assembled.
    const [migrations, { app, readiness }] = await Promise.all([
      migrate(config, database),
      assemble({ ...foundation, config, accounts, oauth, entryway, gateway, publicUrl }),
      oauth?.start(),
    ])
    if (migrations.length > 0) logger.info({ migrations }, 'database migrated')
    await accounts.start().catch((cause: unknown) => {
      throw cause instanceof WrongSecrets ? wrongSecrets(cause.secrets, cause) : cause
    })
    entryway?.start()
    gateway?.start()
    const leftovers = oauth ? undefined : createLeftoverSweep(accounts, logger)
    leftovers?.start()
    accounts.register(http.methods, [...eraMethods, ...(gateway?.methods ?? todaysMethods)])
    http.serve(app)
    logger.info({ port: http.port, publicUrl, database: database.location, version }, 'listening')

    return {
      publicUrl,
      port: http.port,
      databaseLocation: database.location,
      close: async () => {
        logger.info({}, 'shutting down')
        readiness.startDraining()
        await delay(config.drainDelay * 1000)
        const cutOff = await http.drain(config.drainTimeout * 1000)
        if (cutOff > 0)
          logger.warn({ connections: cutOff }, 'connections were closed at the deadline')
        const stopped = await Promise.race([
          Promise.all([
            accounts.stop(),
            oauth?.stop(),
            leftovers?.stop(),
            entryway?.stop(),
            gateway?.stop(),
          ]).then(() => true),
          delay(BACKGROUND_DEADLINE_MS, false, { ref: false }),
        ])
        if (!stopped) logger.warn({}, 'background work was interrupted; the next start resumes it')
        await closeResources()
        await metricsServer?.close()
        await database.close()
        logger.info({}, 'stopped')
      },
    }
  } catch (error) {
    await oauth?.stop()
    await entryway?.stop()
    await gateway?.stop()
    await closeResources()
    throw error
  }
}

interface Parts extends Foundation {
  readonly config: Config
  readonly accounts: AccountModule
  readonly oauth: AuthorizationServer | undefined
  readonly entryway: Entryway | undefined
  readonly gateway: Gateway | undefined
  readonly publicUrl: string
}

/** Sets up the HTTP routes without querying the database. */
async function assemble(parts: Parts) {
  const { config, accounts, oauth, entryway, gateway, publicUrl } = parts
  const { database, http, metrics, metricsServer, logger } = parts
  const readiness = createReadiness({ ping: database.ping, logger })
  if (metrics !== undefined) {
    const { connections } = database
    const { countBacklog, countAccounts } = accounts.operator
    registerState(metrics.registry, {
      connections,
      hashing: accounts.load,
      backlog: countBacklog,
      accounts: countAccounts,
      apps: oauth?.operator.count,
      hosts: entryway?.operator.listHosts,
    })
  }
  const app = createApp({
    methods: http.methods,
    gateway: gateway?.middleware,
    resolveHandle: accounts.service.resolveHandle,
    serviceDocument: describeService({
      did: config.serviceDid,
      hostname: config.hostname,
      url: publicUrl,
    }),
    accountPages: config.accountPagesEnabled
      ? { serviceName: config.serviceName, calls: accounts.pages }
      : undefined,
    ownDirectory: config.plcUrl === undefined ? accounts.service : undefined,
    oauth: oauth && oauthRoutes({ oauth, count: metrics?.countOAuth }),
    // A configured page replaces the service's own.
    resetPasswordPage:
      config.accountPagesEnabled &&
      (config.passwordResetUrl === undefined ||
        config.passwordResetUrl === publicUrl + RESET_PASSWORD_PATH)
        ? { serviceName: config.serviceName, submit: accounts.submitPasswordReset }
        : undefined,
    apiPage: config.apiPageEnabled
      ? createReferencePage(describeAccountApi(config.serviceName), {
          withoutOrigin: config.corsOrigins === '*',
        })
      : undefined,
    readiness,
    metrics: metricsServer === undefined ? metrics?.registry : undefined,
    version,
    trustProxy: gateway?.trust ?? config.trustedProxies,
    logger,
  })
  return { app, readiness }
}
