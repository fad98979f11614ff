import { setTimeout as delay } from 'node:timers/promises'
import type { Router } from 'express'
import { sendError, sendJson } from './json.ts'
import { ownRoutes } from './own-routes.ts'

/** Readiness of the process for requests. */
export interface Readiness {
  /** Undefined if ready, otherwise the reason. */
  check(): Promise<string | undefined>
  /** From now on not ready, because the process is shutting down. */
  startDraining(): void
}

export interface ReadinessOptions {
  /** Resolves if the database answers. */
  readonly ping: () => Promise<void>
  /** Logs when the database stops answering, and when it answers again. */
  readonly logger: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
  /** Timeout of a ping, in milliseconds. */
  readonly timeout?: number
  /** How long a result is reused, in milliseconds, to bound the load on the database. */
  readonly freshness?: number
}

export function createReadiness({
  ping,
  logger,
  timeout = 2_000,
  freshness = 1_000,
}: ReadinessOptions): Readiness {
  let draining = false
  let answers = true
  let latest: { readonly until: number; readonly answer: Promise<string | undefined> } | undefined

  const ask = async (): Promise<string | undefined> => {
    const timer = new AbortController()
    const expired = delay(timeout, undefined, { signal: timer.signal, ref: false }).then(
      () => Promise.reject(new Error('no answer')),
      () => {},
    )
    try {
      await Promise.race([ping(), expired])
      if (!answers) logger.info({}, 'the database answers again')
      answers = true
      return undefined
    } catch (error) {
      if (answers) logger.warn({ error }, 'not ready: the database does not answer')
      answers = false
      return 'The database does not answer'
    } finally {
      timer.abort()
    }
  }

  return {
    check: async () => {
      if (draining) return 'The service is shutting down'
      if (latest === undefined || latest.until < performance.now()) {
        latest = { until: performance.now() + freshness, answer: ask() }
      }
      return await latest.answer
    },
    startDraining: () => {
      draining = true
    },
  }
}

/**
 * Probes for orchestrators and monitors: `/livez` (the process runs), `/readyz` (it accepts
 * requests) and `/xrpc/_health` (the version, in the form PDS monitors expect).
 */
export function healthRoutes(readiness: Readiness, version: string): Router {
  const routes = ownRoutes()
  routes.get('/livez', (_req, res) => sendJson(res, 200, { status: 'ok' }))
  routes.get('/xrpc/_health', (_req, res) => sendJson(res, 200, { version }))
  routes.get('/readyz', async (_req, res) => {
    const obstacle = await readiness.check()
    if (obstacle === undefined) sendJson(res, 200, { status: 'ok' })
    else sendError(res, 503, 'NotReady', obstacle)
  })
  return routes
}
