import type { Backlog } from '@lexwright/account'
import type { CallObserver } from '@lexwright/xrpc'
import { observeMetrics } from '@lexwright/xrpc/metrics'
import type { Router } from 'express'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { ConnectionCounts } from '../database/database.ts'
import { ownRoutes } from './own-routes.ts'

/** The figures of the process, for Prometheus. */
export interface Metrics {
  readonly registry: Registry
  /** Counts and times every request. */
  readonly observe: CallObserver
}

export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'lexwright_build_info',
    help: 'Which version runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1)
  return { registry, observe: observeMetrics(registry) }
}

/** `/metrics`. */
export function metricsRoutes(registry: Registry): Router {
  const routes = ownRoutes()
  routes.get('/metrics', async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics())
  })
  return routes
}

export interface StateOptions {
  readonly connections: (() => ConnectionCounts) | undefined
  readonly backlog: () => Promise<Backlog>
}

/** Adds what the database tells. */
export function registerState(registry: Registry, { connections, backlog }: StateOptions): void {
  registerBacklog(registry, backlog)
  if (connections === undefined) return
  new Gauge({
    name: 'database_connections',
    help: 'Connections to PostgreSQL; `waiting` counts callers without one.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { total, idle, waiting } = connections()
      this.set({ state: 'busy' }, total - idle)
      this.set({ state: 'idle' }, idle)
      this.set({ state: 'waiting' }, waiting)
    },
  })
}

/** An answer is good for this long, in milliseconds: scraping often costs the database nothing. */
const BACKLOG_FRESHNESS = 5_000

/** Without a database there are no figures, and the others are served all the same. */
function registerBacklog(registry: Registry, count: () => Promise<Backlog>): void {
  let known: { readonly until: number; readonly backlog: Promise<Backlog | undefined> } | undefined
  const latest = (): Promise<Backlog | undefined> => {
    if (known === undefined || known.until < performance.now()) {
      known = {
        until: performance.now() + BACKLOG_FRESHNESS,
        backlog: count().catch(() => undefined),
      }
    }
    return known.backlog
  }
  const registers = [registry]
  new Gauge({
    name: 'account_backlog',
    help: 'What waits in the database, the same at every process: mails to be sent, mails given up, DIDs not published, accounts not completed.',
    labelNames: ['kind'],
    registers,
    async collect() {
      const backlog = await latest()
      this.reset()
      if (backlog === undefined) return
      this.set({ kind: 'mail' }, backlog.mails)
      this.set({ kind: 'failed_mail' }, backlog.failedMails)
      this.set({ kind: 'unpublished_did' }, backlog.unpublishedDids)
      this.set({ kind: 'pending_account' }, backlog.pendingAccounts)
    },
  })
  new Gauge({
    name: 'account_mail_oldest_seconds',
    help: 'How long the mail that waits longest has waited; 0 when none waits.',
    registers,
    async collect() {
      const since = (await latest())?.oldestMailAt?.getTime()
      this.set(since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1000))
    },
  })
}
