import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { RateLimitExceeded } from '../errors.ts'

const FAILURES = 10

describe('the admin over HTTP', () => {
  let database: TestDatabase
  let harness: AccountHarness
  let address = '192.0.2.1'
  beforeAll(async () => {
    database = await openAccountDatabase()
    harness = await openAccountHarness(database.db, {
      rateLimits: { clientAddress: () => address, bypassKey: 'a bypass key for tests' },
    })
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const call = (authorization: string | undefined, headers: Record<string, string> = {}) =>
    fetch(`${harness.url}/xrpc/com.atproto.account.createInviteCode`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
      body: '{"useCount":1}',
    })
  const basic = (password: string, user = 'admin') => `Basic ${btoa(`${user}:${password}`)}`
  const right = basic(TEST_ADMIN_PASSWORD)
  const statuses = async (count: number, authorization: string | undefined) =>
    (await Promise.all(Array.from({ length: count }, () => call(authorization)))).map(
      ({ status }) => status,
    )
  const events = async () => {
    const { rows } = await sql<{ event: string; count: number }>`
      select event, count(*)::int as count from lexwright_account.audit_log
      where event like 'admin.%' group by event`.execute(database.db)
    return Object.fromEntries(rows.map(({ event, count }) => [event, count]))
  }

  it('has a budget of failures per address, which parallel attempts share, and is audited', async () => {
    const seen = await statuses(FAILURES * 3, basic('wrong'))
    expect(seen.filter((status) => status === 401)).toHaveLength(FAILURES)
    expect(seen.filter((status) => status === 429)).toHaveLength(FAILURES * 2)
    expect(await events()).toEqual({ 'admin.refused': FAILURES })
    const refused = await call(right)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ error: 'RateLimitExceeded' })

    address = '192.0.2.2'
    expect((await call(right)).status).toBe(200)
    address = '192.0.2.1'
    harness.clock.advance(5 * 60)
    expect((await call(right)).status).toBe(200)
    expect(await events()).toEqual({ 'admin.refused': FAILURES, 'admin.authenticated': 2 })
  })

  it('is counted for failures only', async () => {
    address = '192.0.2.3'
    const seen = await statuses(FAILURES, right)
    expect(seen).toEqual(Array(FAILURES).fill(200))
    expect(await statuses(FAILURES, right)).toEqual(seen)
    // Only wrong passwords count as failures, not missing ones.
    expect(new Set(await statuses(FAILURES * 2, undefined))).toEqual(new Set([401]))
    expect((await call(right)).status).toBe(200)
    expect((await call(right)).headers.get('ratelimit-limit')).toBeNull()
  })

  it('counts other user names, but not requests with the bypass key', async () => {
    address = '192.0.2.4'
    expect(await statuses(FAILURES, basic(TEST_ADMIN_PASSWORD, 'root'))).toEqual(
      Array(FAILURES).fill(401),
    )
    expect((await call(right)).status).toBe(429)
    const exempt = await call(right, { 'x-ratelimit-bypass': 'a bypass key for tests' })
    expect(exempt.status).toBe(200)
  })

  it('has the same budget in calls by the host', async () => {
    const caller = { address: '192.0.2.5' }
    const wrong = { user: 'admin', password: 'wrong' }
    const { service } = harness.accounts
    for (let count = 0; count < FAILURES; count++) {
      await expect(service.authenticateAdmin(wrong, caller)).rejects.toThrow('Admin credentials')
    }
    const rightly = { user: 'admin', password: TEST_ADMIN_PASSWORD }
    await expect(service.authenticateAdmin(rightly, caller)).rejects.toThrow(RateLimitExceeded)
    await service.authenticateAdmin(rightly, 'unlimited')
  })

  it('does not exist without an admin password', async () => {
    const { secrets } = await testModuleOptions()
    const { adminPassword: _, ...without } = secrets
    const other = await openAccountHarness(database.db, { secrets: without })
    const { service } = other.accounts
    await expect(
      service.authenticateAdmin({ user: 'admin', password: '' }, 'unlimited'),
    ).rejects.toThrow('Admin credentials')
    await other.close()
  })
})
