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
  /** Forwards calls to the hosts of accounts; undefined without an entryway. */
  readonly gateway: RequestHandler | undefined
  /** Resolves a handle to a DID. */
  readonly resolveHandle: WellKnownOptions['resolveHandle']
  /** The document of the service's DID, if it is served here. */
  readonly serviceDocument: WellKnownOptions['serviceDocument']
  /** Undefined if turned off. */
  readonly accountPages: AccountPagesOptions | undefined
  /** Serves documents of accounts; undefined if there is a directory. */
  readonly ownDirectory: Pick<AccountService, 'describeSession'> | undefined
  /** Undefined if OAuth is turned off. */
  readonly oauth: RequestHandler | undefined
  /** Undefined if the page is elsewhere or turned off. */
  readonly resetPasswordPage: ResetPasswordPageOptions | undefined
  /** Undefined if turned off. */
  readonly apiPage: ReferenceHandler | undefined
  readonly readiness: Readiness
  /** Undefined if turned off or on a separate port. */
  readonly metrics: Registry | undefined
  readonly version: string
  /**
   * Express's `trust proxy` for `X-Forwarded-For`: a number of hops, counted from the right, or a
   * predicate.
   */
  readonly trustProxy: number | ((address: string, hop: number) => boolean)
  readonly logger: Logger
}

/** Answers everything but plain calls, which the HTTP server handles itself. */
export function createApp(options: AppOptions): RequestListener {
  const { metrics, logger, methods } = options
  const { xrpc } = methods
  const app = express()
  app.disable('x-powered-by')
  xrpc.router.disable('x-powered-by')
  app.set('trust proxy', options.trustProxy)

  // First, since an entryway forwards most calls; also before anything that reads bodies.
  if (options.gateway !== undefined) app.use(options.gateway)
  if (metrics !== undefined) app.use(metricsRoutes(metrics))
  app.use(healthRoutes(options.readiness, options.version))
  // Before anything that reads bodies: it parses its own.
  if (options.oauth !== undefined) app.use(options.oauth)
  app.use(wellKnownRoutes(options))
  if (options.ownDirectory !== undefined) app.use(ownDirectoryRoutes(options.ownDirectory))
  if (options.accountPages !== undefined) app.use(accountPageRoutes(options.accountPages))
  if (options.resetPasswordPage !== undefined) {
    app.use(resetPasswordRoutes(options.resetPasswordPage))
  }
  app.use(xrpc.router)
  // Last, so calls are not matched against pages.
  if (options.apiPage !== undefined) app.use(options.apiPage)
  app.use(notFound, fault(logger))
  return app as unknown as RequestListener
}

const notFound: RequestHandler = (_req, res) =>
  sendError(res, 404, 'NotFound', 'There is nothing at this address')

/** Answers requests that no route handled, such as a path that is not a URL. */
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
