import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { AccountCounts, Backlog } from '@lexwright/account'
import { createMetrics, type Metrics, registerState } from './metrics.ts'
import { openMetricsServer } from './metrics-server.ts'

const BACKLOG: Backlog = {
  mails: 3,
  oldestMailAt: new Date(0),
  failedMails: 2,
  unpublishedDids: 1,
  pendingAccounts: 0,
}
const ACCOUNTS: AccountCounts = {
  pending: 0,
  active: 7,
  deactivated: 0,
  disabled: 1,
  deleted: 0,
  purged: 4,
}

interface Database {
  readonly backlog: () => Promise<Backlog>
  readonly accounts: () => Promise<AccountCounts>
}

const healthy: Database = { backlog: async () => BACKLOG, accounts: async () => ACCOUNTS }

function open(database: Database = healthy): Metrics {
  const metrics = createMetrics('1.2.3')
  registerState(metrics.registry, {
    ...database,
    connections: undefined,
    hashing: () => ({ running: 1, waiting: 5 }),
  })
  return metrics
}

describe('the metrics', () => {
  it('report the figures of the database', async () => {
    const text = await open().registry.metrics()
    expect(text).toContain('account_backlog{kind="mail"} 3')
    expect(text).toMatch(/^account_mail_oldest_seconds \d{6}/m)
    expect(text).toContain('accounts_by_status{status="active"} 7')
    expect(text).toContain('accounts_by_status{status="purged"} 4')
    expect(text).toContain('password_hashing{state="waiting"} 5')
    expect(text).toContain('account_figures_read_failed{figures="backlog"} 0')
    expect(text).toMatch(/^account_figures_read_timestamp_seconds\{figures="accounts"\} \d+/m)
  })

  it('report the hosts of an entryway', async () => {
    const host = {
      did: 'did:web:pds.test',
      url: 'https://pds.test',
      weight: 1,
      state: 'draining',
      isHealthy: true,
      accounts: 7,
      pending: 2,
      oldestPendingAt: new Date(Date.now() - 90_000),
      addedAt: new Date(0),
      lookedAt: new Date(0),
      lastError: undefined,
    } as const
    const { registry } = createMetrics('1.2.3')
    registerState(registry, {
      ...healthy,
      connections: undefined,
      hashing: () => ({ running: 0, waiting: 0 }),
      hosts: async () => [host],
    })
    const text = await registry.metrics()
    expect(text).toContain('entryway_host_healthy{host="did:web:pds.test"} 1')
    expect(text).toContain('entryway_host_open{host="did:web:pds.test"} 0')
    expect(text).toContain('entryway_host_accounts{host="did:web:pds.test"} 7')
    expect(text).toContain('entryway_host_pending{host="did:web:pds.test"} 2')
    expect(text).toMatch(/^entryway_host_pending_oldest_seconds\{host="did:web:pds.test"\} 9\d/m)
    expect(text).toContain('account_figures_read_failed{figures="hosts"} 0')
  })

  const broken: readonly (readonly [string, Database])[] = [
    [
      'says nothing',
      { backlog: () => new Promise(() => {}), accounts: () => new Promise(() => {}) },
    ],
    [
      'fails',
      {
        backlog: () => Promise.reject(new Error('connection refused')),
        accounts: () => Promise.reject(new Error('connection refused')),
      },
    ],
  ]
  it.each(broken)('omit figures of a database that %s, and report that', async (_, database) => {
    const { registry } = open(database)
    await registry.metrics()
    const text = await registry.metrics()
    expect(text).not.toMatch(
      /^(?:account_backlog|account_mail_oldest_seconds|accounts_by_status)[ {]/m,
    )
    expect(text).toContain('account_figures_read_failed{figures="backlog"} 1')
    expect(text).toContain('account_figures_read_failed{figures="accounts"} 1')
    expect(text).not.toMatch(/^account_figures_read_timestamp_seconds\{/m)
    expect(text).toContain('password_hashing{state="running"} 1')
  })

  it('have figures again once the database answers', async () => {
    const answer = Promise.withResolvers<Backlog>()
    const { registry } = open({ ...healthy, backlog: () => answer.promise })
    expect(await registry.metrics()).not.toContain('account_backlog{')
    answer.resolve(BACKLOG)
    await answer.promise
    expect(await registry.metrics()).toContain('account_backlog{kind="mail"} 3')
  })

  it('count events', async () => {
    const { registry, count } = open()
    count({ type: 'authentication-failed', by: 'reset-code' })
    count({ type: 'limit-exceeded', limit: 'login' })
    count({ type: 'mail', outcome: 'given-up' })
    count({ type: 'directory', outcome: 'failed', seconds: 2 })
    const text = await registry.metrics()
    expect(text).toContain('account_failed_authentications_total{by="reset-code"} 1')
    expect(text).toContain('account_failed_authentications_total{by="password"} 0')
    expect(text).toContain('account_limit_refusals_total{limit="login"} 1')
    expect(text).toContain('account_mails_total{outcome="given-up"} 1')
    expect(text).toContain('did_directory_publication_seconds_bucket{le="2.5",outcome="failed"} 1')
  })

  it('include every metric used by the documented alerts', async () => {
    const page = readFileSync(`${import.meta.dirname}/../../../../docs/operations.md`, 'utf8')
    const rules = /^groups:\n[\s\S]*?^```$/m.exec(page)?.[0] ?? ''
    const names = new Set(rules.match(/\b[a-z]+_[a-z0-9_]+(?=[{[ )])/g))
    expect(names).toContain('account_failed_authentications_total')
    const { registry, count } = open()
    count({ type: 'directory', outcome: 'failed', seconds: 1 })
    const text = await registry.metrics()
    const absent = [...names].filter((name) => !text.includes(name.replace(/_count$/, '')))
    // Only with PostgreSQL.
    expect(absent).toEqual(['database_connections'])
  })
})

describe('openMetricsServer', () => {
  it('serves exactly /metrics and nothing else', async () => {
    const server = await openMetricsServer(open().registry, { port: 0, address: '127.0.0.1' })
    const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)
    try {
      const answer = await ask('/metrics')
      expect(answer.headers.get('content-type')).toContain('text/plain')
      expect(await answer.text()).toContain('lexwright_build_info{version="1.2.3"} 1')
      for (const path of ['/', '/METRICS', '/metrics/', '/livez', '/xrpc/_health']) {
        expect([path, (await ask(path)).status]).toEqual([path, 404])
      }
      await expect(
        openMetricsServer(open().registry, { port: server.port, address: '127.0.0.1' }),
      ).rejects.toThrow(`choose another port: PDS_METRICS_PORT=${server.port + 1}`)
    } finally {
      await server.close()
    }
  })
})
