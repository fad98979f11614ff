import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createXrpcServer, MemoryRateLimiter } from '@atproto/xrpc-server'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createServer } from '@lexwright/generated'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import type { Kysely } from 'kysely'
import type { RateLimitOptions } from '../options.ts'

const password = 'correct horse battery'
const BYPASS = 'a bypass key for tests'

describe('rate limits over HTTP', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  /** The client address that the server sees. */
  let address = '192.0.2.1'
  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await open({ bypassKey: BYPASS })
  })
  const cleanups: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
    await harness.close()
    await database.close()
  })

  const waits: number[] = []
  const open = (options: RateLimitOptions) =>
    openAccountHarness(db, {
      rateLimits: {
        clientAddress: () => address,
        wait: async (ms) => void waits.push(ms),
        ...options,
      },
    })
  async function call(
    method: string,
    body: unknown,
    { url = harness.url, headers = {} }: { url?: string; headers?: Record<string, string> } = {},
  ) {
    const response = await fetch(`${url}/xrpc/com.atproto.${method}`, {
      method: 'POST',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { response, status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const signUp = (name: string) =>
    harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password,
      },
      'unlimited',
    )
  const logIn = (handle: string, given: string) =>
    call('session.create', { handle, password: given })
  const statuses = async (count: number, ask: (n: number) => Promise<{ status: number }>) =>
    (await Promise.all(Array.from({ length: count }, (_, n) => ask(n)))).map(({ status }) => status)

  it('parallel wrong logins cannot exceed the budget', async () => {
    await signUp('budget')
    address = '192.0.2.2'
    // In any spelling of the name.
    const spellings = ['budget.test', 'BUDGET.test', 'Budget.Test']
    const seen = await statuses(90, (n) => logIn(spellings[n % 3] ?? '', `wrong ${n}`))
    expect(seen.filter((status) => status === 401)).toHaveLength(30)
    expect(seen.filter((status) => status === 429)).toHaveLength(60)
    // The right password does not help once the budget is used up …
    expect((await logIn('budget.test', password)).status).toBe(429)
    // … and other callers are not affected.
    address = '192.0.2.3'
    expect((await logIn('budget.test', password)).status).toBe(200)
  })

  it('gives an account one budget under all its names', async () => {
    await signUp('manynames')
    address = '192.0.2.20'
    const names = ['manynames.test', 'manynames@example.com']
    const seen = await statuses(40, (n) => logIn(names[n % 2] ?? '', `wrong ${n}`))
    expect(seen.filter((status) => status === 401)).toHaveLength(30)
  })

  it('limits failed logins of an address over all accounts, and counts no others', async () => {
    const strict = await open({ limits: { loginFailures: { points: 3, window: 300 } } })
    cleanups.push(strict.close)
    await signUp('frequent')
    address = '192.0.2.21'
    const name = (n: number) => ({ handle: `guess${n}.test`, password: 'wrong' })
    const right = { handle: 'frequent.test', password }
    const ask = (body: object) => call('session.create', body, { url: strict.url })
    for (let n = 0; n < 5; n++) expect((await ask(right)).status).toBe(200)
    const parallel = await statuses(12, (n) => ask(name(n)))
    expect(parallel.filter((status) => status === 401)).toHaveLength(3)
    expect(parallel.filter((status) => status === 429)).toHaveLength(9)
    expect((await ask(right)).status).toBe(429)
    address = '192.0.2.22'
    expect((await ask(right)).status).toBe(200)
  })

  it('does not count a login refused by another budget as failed', async () => {
    const strict = await open({
      limits: {
        login: { points: 1, window: 300 },
        loginFailures: { points: 2, window: 300 },
      },
    })
    cleanups.push(strict.close)
    address = '192.0.2.23'
    const fail = async (handle: string) =>
      (await call('session.create', { handle, password: 'wrong' }, { url: strict.url })).status
    expect(await fail('first.test')).toBe(401)
    for (let n = 0; n < 3; n++) expect(await fail('first.test')).toBe(429)
    expect(await fail('second.test')).toBe(401)
    expect(await fail('third.test')).toBe(429)
  })

  it('answers a good login whose points cannot be refunded', async () => {
    const strict = await open({
      store: (table) => ({
        add: async (charges, now) => {
          if (charges.some(({ points }) => points < 0)) throw new Error('nobody counts')
          return await table.add(charges, now)
        },
      }),
    })
    cleanups.push(strict.close)
    await signUp('kept')
    address = '192.0.2.24'
    const body = { handle: 'kept.test', password }
    expect((await call('session.create', body, { url: strict.url })).status).toBe(200)
  })

  it('an attacker with many addresses slows an account down but cannot lock it', async () => {
    await signUp('victim')
    for (let n = 0; n < 12; n++) {
      address = `2001:db8:${n}::1`
      expect((await logIn('victim.test', 'wrong')).status).toBe(401)
    }
    address = '192.0.2.4'
    waits.length = 0
    expect((await logIn('victim.test', password)).status).toBe(200)
    expect(waits).toEqual([400])
  })

  it('counts an IPv6 caller by its /64', async () => {
    address = '2001:db8:aaaa:1::1'
    const seen = await statuses(31, (n) => {
      address = `2001:db8:aaaa:1:${n}::${n}`
      return logIn('nobody.test', 'wrong')
    })
    expect(seen.filter((status) => status === 429)).toHaveLength(1)
    address = '2001:db8:aaaa:2::1'
    expect((await logIn('nobody.test', 'wrong')).status).toBe(401)
  })

  it('answers known and unknown addresses alike', async () => {
    await signUp('known')
    for (const email of ['known@example.com', 'unknown@example.com']) {
      address = `192.0.2.${email.length}`
      const seen: number[] = []
      for (let n = 0; n < 7; n++) {
        seen.push((await call('account.requestPasswordReset', { email })).status)
      }
      expect(seen).toEqual([200, 200, 200, 200, 200, 429, 429])
    }
  })

  it('reset requests by a stranger do not block those of the owner', async () => {
    await signUp('mailed')
    const email = 'mailed@example.com'
    const mails = () => harness.mailbox.messages.filter(({ to }) => to === email).length
    for (let n = 0; n < 9; n++) {
      address = `198.51.100.${n}`
      expect((await call('account.requestPasswordReset', { email })).status).toBe(200)
      await harness.accounts.runDueJobs()
    }
    expect(mails()).toBe(5)
    address = '192.0.2.9'
    expect((await call('account.requestPasswordReset', { email })).status).toBe(200)
    harness.clock.advance(60)
    await harness.accounts.runDueJobs()
    expect(mails()).toBe(6)
  })

  it('limits sign-ups and reset codes per address, and deletions per account', async () => {
    address = '203.0.113.1'
    const signUps = await statuses(101, () =>
      call('account.create', { handle: 'x', email: 'x', password }),
    )
    expect(signUps.filter((status) => status === 429)).toHaveLength(1)
    const submit = () => call('account.resetPassword', { token: 'aaaaa-aaaaa', password })
    const codes = await statuses(51, () => submit())
    expect(codes.filter((status) => status === 429)).toHaveLength(1)

    // Each caller has its own budget of codes.
    address = '203.0.114.1'
    expect((await submit()).status).toBe(400)

    const { accessJwt } = await signUp('undecided')
    harness.clock.advance(3600)
    const headers = { authorization: `Bearer ${accessJwt}` }
    const deletions: number[] = []
    for (let n = 0; n < 6; n++) {
      deletions.push((await call('account.delete', undefined, { headers })).status)
    }
    expect(deletions).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('lets the bypass key through and nothing else', async () => {
    address = '203.0.113.7'
    const body = { handle: 'bypass.test', password: 'wrong' }
    await statuses(30, () => call('session.create', body))
    const withKey = (key: string) =>
      call('session.create', body, { headers: { 'x-ratelimit-bypass': key } })
    for (const key of ['', BYPASS.slice(1), `${BYPASS}x`, BYPASS.toUpperCase()]) {
      expect((await withKey(key)).status).toBe(429)
    }
    const passed = await withKey(BYPASS)
    expect(passed.status).toBe(401)
    expect(passed.response.headers.has('ratelimit-limit')).toBe(false)
  })

  it('sets the headers of a route limit of @atproto/xrpc-server', async () => {
    const stock = createXrpcServer(undefined, {
      rateLimits: { creator: (options) => new MemoryRateLimiter(options) },
    })
    createServer(stock as never)
    stock.method('com.atproto.session.create', {
      rateLimit: { durationMs: 300_000, points: 30, calcKey: () => 'same' },
      handler: () => ({ status: 401, error: 'AuthenticationRequired', message: 'no' }),
    })
    const http = createHttpServer(stock.router)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    cleanups.push(async () => {
      http.closeAllConnections()
      http.close()
    })
    const stockUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const ours = await open({ limits: { loginDaily: { points: 1000, window: 86_400 } } })
    cleanups.push(ours.close)
    address = '203.0.113.8'
    const facts = ({ response, body }: Awaited<ReturnType<typeof call>>) => {
      const header = (name: string) => response.headers.get(name)
      return {
        status: response.status,
        type: header('content-type'),
        limit: header('ratelimit-limit'),
        remaining: header('ratelimit-remaining'),
        policy: header('ratelimit-policy'),
        expose: header('access-control-expose-headers'),
        retryAfter: header('retry-after') !== null,
        reset: Number(header('ratelimit-reset')) - Math.floor(Date.now() / 1000) > 240,
        error: body.error,
        message: response.status === 429 ? body.message : '',
      }
    }
    const ask = async (url: string) =>
      facts(await call('session.create', { handle: 'same.test', password: 'wrong' }, { url }))
    for (let n = 0; n < 32; n++) expect(await ask(ours.url)).toEqual(await ask(stockUrl))
  })

  it('answers 503 when counting fails', async () => {
    const broken = await open({
      store: () => ({
        add: async () => {
          throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
        },
      }),
    })
    const { response } = await call('session.create', { handle: 'a.test', password }, broken)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    await broken.close()
  })
})
