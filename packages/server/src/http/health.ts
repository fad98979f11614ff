import { setTimeout as delay } from 'node:timers/promises'
import type { Router } from 'express'
import { sendError, sendJson } from './json.ts'
import { ownRoutes } from './own-routes.ts'

/** True if the process should be sent requests. */
export interface Readiness {
  /** Undefined when ready, else what is in the way. */
  check(): Promise<string | undefined>
  /** From now on: not ready, because the process is going away. */
  startDraining(): void
}

export interface ReadinessOptions {
  /** Resolves when the database answers. */
  readonly ping: () => Promise<void>
  /** Told when the database stops answering, and when it answers again. */
  readonly logger: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
  /** How long it may take, in milliseconds. */
  readonly timeout?: number
  /** How long an answer is good for, in milliseconds: asking often costs the database nothing. */
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
 * Probes for orchestrators and monitors: `/livez` (the process runs), `/readyz` (send it requests) and
 * `/xrpc/_health` (as PDS monitors know it: which version runs).
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
