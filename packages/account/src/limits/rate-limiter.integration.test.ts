import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createAccountDatabase,
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { createTestClock } from '@lexwright/testing/accounts/account-harness'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { openDatabase } from '../db/database.ts'
import { RateLimitExceeded } from '../errors.ts'
import { createStore } from '../store.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { createRateLimiter, type RateLimiter, type Spending } from './rate-limiter.ts'

const SCHEMA = 'lexwright_account'
const key = 'a key of at least thirty-two bytes'
const limits: Limits = {
  ...defaultLimits,
  login: { points: 3, window: 60 },
  loginDaily: { points: 5, window: 3600 },
}

/** The state of a caller, and whether the request is admitted. */
async function spend(limiter: RateLimiter | undefined, spendings: readonly Spending[]) {
  try {
    return { ok: true, ...(await limiter?.spend(spendings)) }
  } catch (error) {
    if (!(error instanceof RateLimitExceeded)) throw error
    return { ok: false, ...error.status }
  }
}

describe('the rate limiter', () => {
  let database: TestDatabase
  const clock = createTestClock()
  const waits: number[] = []
  let limiter: RateLimiter
  beforeAll(async () => {
    database = await openAccountDatabase()
    const opened = openDatabase(database.db, SCHEMA)
    await opened.migrate(clock.now())
    limiter = createRateLimiter({
      limits,
      store: createStore(opened).rateLimits,
      key,
      clock,
      wait: async (ms) => waits.push(ms),
    })
  })
  afterAll(() => database.close())

  const login = (name: string) => spend(limiter, [{ limit: 'login', of: [name] }])

  it('counts down, refuses, and restarts when the window is over', async () => {
    const seen = [await login('a'), await login('a'), await login('a'), await login('a')]
    expect(seen.map(({ ok, remaining }) => [ok, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ])
    clock.advance(59)
    expect(await login('a')).toMatchObject({ ok: false, msUntilReset: 1000, window: 60 })
    clock.advance(1)
    expect(await login('a')).toMatchObject({ ok: true, remaining: 2, msUntilReset: 60_000 })
  })

  it('counts every caller separately, however similar their names', async () => {
    for (let n = 0; n < 3; n++) await login('b')
    expect((await login('b')).ok).toBe(false)
    for (const names of [['b', ''], ['', 'b'], ['["b"]'], ['b\0'], ['']]) {
      expect((await spend(limiter, [{ limit: 'login', of: names }])).spent).toBe(1)
    }
  })

  it('reports the tightest of several limits, and on refusal the one that lasts longest', async () => {
    const both = () =>
      spend(limiter, [
        { limit: 'login', of: ['c'] },
        { limit: 'loginDaily', of: ['c'] },
      ])
    expect(await both()).toMatchObject({ limit: 3, remaining: 2 })
    await both()
    await both()
    expect(await both()).toMatchObject({ ok: false, limit: 3 })
    clock.advance(60)
    expect(await both()).toMatchObject({ ok: true, limit: 5, remaining: 0 })
    expect(await both()).toMatchObject({ ok: false, limit: 5 })
  })

  it('delays logins after too many failures, but not the first ones', async () => {
    for (let failure = 0; failure < 12; failure++) {
      await limiter.pauseLogin('d')
      await limiter.recordFailedLogin('d')
    }
    await limiter.pauseLogin('d')
    expect(waits).toEqual([100, 200, 400])
    clock.advance(3600)
    await limiter.pauseLogin('d')
    expect(waits).toHaveLength(3)
  })

  it('delays reset mails beyond the first few', async () => {
    const delays: number[] = []
    for (let n = 0; n < 8; n++) delays.push(await limiter.delayResetMail('e'))
    expect(delays).toEqual([0, 0, 0, 0, 0, 60, 120, 240])
  })

  it('stores no names or addresses, and deletes ended windows', async () => {
    await login('somebody@example.com')
    const rows = async () =>
      (
        await sql<{ key: string }>`select key from lexwright_account.rate_limit`.execute(
          database.db,
        )
      ).rows
    for (const row of await rows()) expect(row.key).toMatch(/^[a-zA-Z]+:[\w-]{22}$/)
    clock.advance(86_401)
    const { rateLimits } = createStore(openDatabase(database.db, SCHEMA))
    await login('late')
    await rateLimits.sweep?.(clock.now())
    expect(await rows()).toHaveLength(1)
  })
})

describe.each(['read committed', 'serializable'])('counting in three processes at %s', (level) => {
  it('admits exactly the limit out of a hundred at once', async () => {
    const database = await createAccountDatabase()
    const pools = [1, 2, 3].map(
      () =>
        new Kysely<unknown>({
          dialect: new PostgresDialect({
            pool: new pg.Pool({
              connectionString: database.url,
              max: 5,
              options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`,
            }),
          }),
        }),
    )
    const clock = createTestClock()
    const limiters: RateLimiter[] = []
    for (const db of pools) {
      const opened = openDatabase(db, SCHEMA)
      await opened.migrate(clock.now())
      const store = createStore(opened).rateLimits
      limiters.push(createRateLimiter({ limits: defaultLimits, store, key, clock }))
    }
    const statuses = await Promise.all(
      Array.from({ length: 99 }, (_, n) =>
        // In both orders, to test the locking order.
        spend(
          limiters[n % 3],
          n % 2 === 0
            ? [
                { limit: 'login', of: ['x'] },
                { limit: 'loginDaily', of: ['x'] },
              ]
            : [
                { limit: 'loginDaily', of: ['x'] },
                { limit: 'login', of: ['x'] },
              ],
        ),
      ),
    )
    expect(statuses.filter((status) => status.ok)).toHaveLength(defaultLimits.login.points)
    await Promise.all(pools.map((db) => db.destroy()))
    await database.drop()
  })
})
