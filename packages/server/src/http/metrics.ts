import type { Backlog } from '@lexwright/account'
import { Router } from 'express'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ConnectionCounts } from '../database/database.ts'
import { pathOf, type RequestObserver } from './request-log.ts'

/** What the process counts, for Prometheus. */
export interface Metrics {
  /** Counts and times every request that passes. */
  readonly observe: RequestObserver
  /** `/metrics`. */
  readonly routes: Router
  close(): void
}

export interface MetricsOptions {
  readonly version: string
  /** The methods to count by name; all other paths are counted as one. */
  readonly nsids: readonly string[]
  readonly activeRequests: () => number
  readonly connections: (() => ConnectionCounts) | undefined
  readonly backlog: () => Promise<Backlog>
}

/** In seconds: from a cached answer to a sign-up that waited for its turn. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  registerState(registry, options)
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer, by XRPC method and status.',
    labelNames: ['method', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  })

  // Express matches paths in any case; label values come from this table only.
  const methods = new Map(options.nsids.map((nsid) => [`/xrpc/${nsid}`.toLowerCase(), nsid]))
  const observe: RequestObserver = (req, res) => {
    const stop = durations.startTimer()
    const method = methods.get(pathOf(req).toLowerCase()) ?? 'other'
    res.once('close', () => {
      // As nginx: a client that left before the answer.
      stop({ method, status: res.writableFinished ? res.statusCode : 499 })
    })
  }

  const routes = Router()
  routes.get('/metrics', async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics())
  })
  return { observe, routes, close: () => registry.clear() }
}

function registerState(registry: Registry, options: MetricsOptions): void {
  const registers = [registry]
  new Gauge({
    name: 'lexwright_build_info',
    help: 'Which version runs.',
    labelNames: ['version'],
    registers,
  }).set({ version: options.version }, 1)
  new Gauge({
    name: 'http_requests_active',
    help: 'Requests under way.',
    registers,
    collect() {
      this.set(options.activeRequests())
    },
  })
  registerBacklog(registry, options.backlog)
  const { connections } = options
  if (connections === undefined) return
  new Gauge({
    name: 'database_connections',
    help: 'Connections to PostgreSQL; `waiting` counts callers without one.',
    labelNames: ['state'],
    registers,
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
