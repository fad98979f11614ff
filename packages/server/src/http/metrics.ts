import type { AccountCounts, AccountEvent, Backlog, HashingLoad } from '@lexwright/account'
import type { ListedHost } from '@lexwright/entryway'
import type { OAuthCounts } from '@lexwright/oauth'
import type { CallObserver } from '@lexwright/xrpc'
import { observeMetrics } from '@lexwright/xrpc/metrics'
import type { Router } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ConnectionCounts } from '../database/database.ts'
import { type CachedRead, createCachedRead } from './cached-read.ts'
import type { OAuthEndpoint } from './oauth-routes.ts'
import { ownRoutes } from './own-routes.ts'

/** The Prometheus metrics of the process. */
export interface Metrics {
  readonly registry: Registry
  /** Counts and times every request. */
  readonly observe: CallObserver
  /** Counts events of the account module. */
  readonly count: (event: AccountEvent) => void
  /** Counts requests to the authorization server. */
  readonly countOAuth: (endpoint: OAuthEndpoint, status: number) => void
}

export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'lexwright_build_info',
    help: 'Version of the program.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1)
  return {
    registry,
    observe: observeMetrics(registry),
    count: eventCounters(registry),
    countOAuth: oauthCounter(registry),
  }
}

function oauthCounter(registry: Registry): Metrics['countOAuth'] {
  const requests = new Counter({
    name: 'oauth_requests_total',
    help: 'Requests to the authorization server, by endpoint (`other` for pages, their API and files) and status.',
    labelNames: ['endpoint', 'status'],
    registers: [registry],
  })
  return (endpoint, status) => requests.inc({ endpoint, status })
}

/** Histogram buckets for the latency of the DID directory, in seconds. */
const DIRECTORY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

function eventCounters(registry: Registry): (event: AccountEvent) => void {
  const registers = [registry]
  const failedAuthentications = new Counter({
    name: 'account_failed_authentications_total',
    help: 'Wrong passwords, reset codes and admin passwords, by any method.',
    labelNames: ['by'],
    registers,
  })
  const refusals = new Counter({
    name: 'account_limit_refusals_total',
    help: 'Requests refused by a rate limit, by limit.',
    labelNames: ['limit'],
    registers,
  })
  const mails = new Counter({
    name: 'account_mails_total',
    help: 'Attempts to send a mail: `sent`, `failed` (retried later) or `given-up`.',
    labelNames: ['outcome'],
    registers,
  })
  const directory = new Histogram({
    name: 'did_directory_publication_seconds',
    help: 'Time to publish a DID, retries included, by outcome.',
    labelNames: ['outcome'],
    buckets: DIRECTORY_BUCKETS,
    registers,
  })
  // Initialized with zero, since a rate needs a first value.
  for (const by of ['password', 'reset-code', 'admin']) failedAuthentications.inc({ by }, 0)
  for (const outcome of ['sent', 'failed', 'given-up']) mails.inc({ outcome }, 0)
  return (event) => {
    switch (event.type) {
      case 'authentication-failed':
        return failedAuthentications.inc({ by: event.by })
      case 'limit-exceeded':
        return refusals.inc({ limit: event.limit })
      case 'mail':
        return mails.inc({ outcome: event.outcome })
      case 'directory':
        return directory.observe({ outcome: event.outcome }, event.seconds)
    }
  }
}

export interface StateOptions {
  readonly connections: (() => ConnectionCounts) | undefined
  readonly hashing: () => HashingLoad
  readonly backlog: () => Promise<Backlog>
  readonly accounts: () => Promise<AccountCounts>
  /** Undefined if OAuth is turned off. */
  readonly apps?: (() => Promise<OAuthCounts>) | undefined
  /** Undefined unless this is an entryway. */
  readonly hosts?: (() => Promise<readonly ListedHost[]>) | undefined
}

/** Adds metrics for the state of the process and the database. */
export function registerState(registry: Registry, options: StateOptions): void {
  const { connections, hashing } = options
  const registers = [registry]
  registerBacklog(registry, options)
  new Gauge({
    name: 'password_hashing',
    help: 'Passwords being hashed (`running`) and waiting for a thread (`waiting`).',
    labelNames: ['state'],
    registers,
    collect() {
      const { running, waiting } = hashing()
      this.set({ state: 'running' }, running)
      this.set({ state: 'waiting' }, waiting)
    },
  })
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

/** How long figures are reused, in milliseconds, to bound the load of scraping on the database. */
const BACKLOG_FRESHNESS = 5_000
/** Longer: counting scans all accounts. */
const ACCOUNTS_FRESHNESS = 60_000
const HOSTS_FRESHNESS = 15_000

/** Figures that cannot be read are absent and reported as such. */
function registerBacklog(
  registry: Registry,
  options: Pick<StateOptions, 'backlog' | 'accounts' | 'apps' | 'hosts'>,
): void {
  const backlog = createCachedRead(options.backlog, BACKLOG_FRESHNESS)
  const accounts = createCachedRead(options.accounts, ACCOUNTS_FRESHNESS)
  const registers = [registry]
  new Gauge({
    name: 'account_backlog',
    help: 'Pending work in the database, the same in every process: mails to send, mails given up, unpublished DIDs, incomplete accounts.',
    labelNames: ['kind'],
    registers,
    async collect() {
      const figures = await backlog.latest()
      this.reset()
      if (figures === undefined) return
      this.set({ kind: 'mail' }, figures.mails)
      this.set({ kind: 'failed_mail' }, figures.failedMails)
      this.set({ kind: 'unpublished_did' }, figures.unpublishedDids)
      this.set({ kind: 'pending_account' }, figures.pendingAccounts)
    },
  })
  new Gauge({
    name: 'account_mail_oldest_seconds',
    help: 'Waiting time of the oldest pending mail; 0 if there is none.',
    registers,
    async collect() {
      const figures = await backlog.latest()
      this.remove()
      if (figures === undefined) return
      const since = figures.oldestMailAt?.getTime()
      this.set(since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1000))
    },
  })
  new Gauge({
    name: 'accounts_by_status',
    help: 'Accounts by status, the same in every process.',
    labelNames: ['status'],
    registers,
    async collect() {
      const figures = await accounts.latest()
      this.reset()
      for (const [status, count] of Object.entries(figures ?? {})) this.set({ status }, count)
    },
  })
  const apps = options.apps && createCachedRead(options.apps, ACCOUNTS_FRESHNESS)
  if (apps !== undefined) registerApps(registry, apps)
  const hosts = options.hosts && createCachedRead(options.hosts, HOSTS_FRESHNESS)
  if (hosts !== undefined) registerHosts(registry, hosts)
  registerReads(registry, { backlog, accounts, ...(apps && { apps }), ...(hosts && { hosts }) })
}

function registerHosts(registry: Registry, hosts: CachedRead<readonly ListedHost[]>): void {
  const figures: readonly (readonly [string, string, (host: ListedHost) => number])[] = [
    ['entryway_host_healthy', '1 if a host answers correctly.', (host) => +host.isHealthy],
    ['entryway_host_open', '1 if a host accepts new accounts.', (host) => +(host.state === 'open')],
    ['entryway_host_accounts', 'Accounts on a host.', (host) => host.accounts],
    [
      'entryway_host_pending',
      'Accounts with a pending update of the host.',
      (host) => host.pending,
    ],
    [
      'entryway_host_pending_oldest_seconds',
      'Age of the oldest pending update of the host; 0 if there is none.',
      ({ oldestPendingAt: at }) => (at ? Math.max(0, (Date.now() - at.getTime()) / 1000) : 0),
    ],
  ]
  for (const [name, help, value] of figures) {
    new Gauge({
      name,
      help,
      labelNames: ['host'],
      registers: [registry],
      async collect() {
        const list = await hosts.latest()
        this.reset()
        for (const host of list ?? []) this.set({ host: host.did }, value(host))
      },
    })
  }
}

function registerApps(registry: Registry, apps: CachedRead<OAuthCounts>): void {
  new Gauge({
    name: 'oauth_sessions',
    help: 'App sessions, and accounts remembered by browsers, the same in every process.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      const figures = await apps.latest()
      this.reset()
      if (figures === undefined) return
      this.set({ kind: 'app' }, figures.apps)
      this.set({ kind: 'browser' }, figures.browsers)
    },
  })
}

/** Reports which figures of the database are missing, and since when. */
function registerReads(
  registry: Registry,
  reads: Readonly<Record<string, CachedRead<unknown>>>,
): void {
  const registers = [registry]
  new Gauge({
    name: 'account_figures_read_failed',
    help: '1 if figures of the database could not be read and are absent.',
    labelNames: ['figures'],
    registers,
    async collect() {
      for (const [figures, read] of Object.entries(reads)) {
        this.set({ figures }, (await read.latest()) === undefined ? 1 : 0)
      }
    },
  })
  new Gauge({
    name: 'account_figures_read_timestamp_seconds',
    help: 'Time of the last reading of figures of the database.',
    labelNames: ['figures'],
    registers,
    async collect() {
      for (const [figures, read] of Object.entries(reads)) {
        await read.latest()
        const at = read.readAt()
        if (at !== undefined) this.set({ figures }, at.getTime() / 1000)
      }
    },
  })
}

/** The route `/metrics`. */
export function metricsRoutes(registry: Registry): Router {
  const routes = ownRoutes()
  routes.get('/metrics', async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics())
  })
  return routes
}
