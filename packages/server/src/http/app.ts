import type { RequestListener } from 'node:http'
import type { AccountService } from '@lexwright/account'
import type { XrpcService } from '@lexwright/xrpc'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import type { Registry } from 'prom-client'
import type { Logger } from '../logging/logger.ts'
import { type AccountPagesOptions, accountPageRoutes } from '../pages/account-pages.ts'
import type { ReferenceHandler } from '../pages/reference-page.ts'
import { type ResetPasswordPageOptions, resetPasswordRoutes } from '../pages/reset-password.ts'
import { healthRoutes, type Readiness } from './health.ts'
import { sendError } from './json.ts'
import { metricsRoutes } from './metrics.ts'
import { ownDirectoryRoutes } from './own-directory.ts'
import { isLoggedFault } from './request-log.ts'
import { type WellKnownOptions, wellKnownRoutes } from './well-known.ts'

export interface AppOptions {
  readonly methods: XrpcService
  /** The DID behind a handle. */
  readonly resolveHandle: WellKnownOptions['resolveHandle']
  /** The document of the service's DID, when it is served here. */
  readonly serviceDocument: WellKnownOptions['serviceDocument']
  /** Undefined when they are turned off. */
  readonly accountPages: AccountPagesOptions | undefined
  /** Whose DIDs are looked up here; undefined when there is a directory. */
  readonly ownDirectory: Pick<AccountService, 'describeSession'> | undefined
  /** Undefined when apps cannot sign people in. */
  readonly oauth: RequestHandler | undefined
  /** Undefined when people choose passwords elsewhere. */
  readonly resetPasswordPage: ResetPasswordPageOptions | undefined
  /** Undefined when it is turned off. */
  readonly apiPage: ReferenceHandler | undefined
  readonly readiness: Readiness
  /** Undefined when they are turned off, or have a port of their own. */
  readonly metrics: Registry | undefined
  readonly version: string
  readonly trustedProxies: number
  readonly logger: Logger
}

/** Answers everything but plain calls, which the HTTP server serves itself. */
export function createApp(options: AppOptions): RequestListener {
  const { metrics, logger, methods } = options
  const { xrpc } = methods
  const app = express()
  app.disable('x-powered-by')
  xrpc.router.disable('x-powered-by')
  // The address of a client is taken from that many hops of X-Forwarded-For, counted from our side.
  app.set('trust proxy', options.trustedProxies)

  if (metrics !== undefined) app.use(metricsRoutes(metrics))
  app.use(healthRoutes(options.readiness, options.version))
  // Before anything that reads bodies: it reads its own.
  if (options.oauth !== undefined) app.use(options.oauth)
  app.use(wellKnownRoutes(options))
  if (options.ownDirectory !== undefined) app.use(ownDirectoryRoutes(options.ownDirectory))
  if (options.accountPages !== undefined) app.use(accountPageRoutes(options.accountPages))
  if (options.resetPasswordPage !== undefined) {
    app.use(resetPasswordRoutes(options.resetPasswordPage))
  }
  app.use(xrpc.router)
  // Last, so that no call looks for its method among pages.
  if (options.apiPage !== undefined) app.use(options.apiPage)
  app.use(notFound, fault(logger))
  return app as unknown as RequestListener
}

const notFound: RequestHandler = (_req, res) =>
  sendError(res, 404, 'NotFound', 'There is nothing at this address')

/** Answers requests that no method took, such as a path that is no URL. */
function fault(logger: Logger): ErrorRequestHandler {
  return (err, _req, res, next) => {
    if (res.headersSent) return next(err)
    const status: unknown = err?.status
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return sendError(res, status, 'InvalidRequest', 'The request is malformed')
    }
    if (!isLoggedFault(err)) logger.error({ err }, 'a request failed')
    sendError(res, 500, 'InternalServerError', 'Internal Server Error')
  }
}
