import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { openAccountHarness } from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import { createPlcIdentity, DirectoryUnavailable } from './plc-identity.ts'

/** A directory that only answers with Retry-After. */
describe('a directory that answers with Retry-After', () => {
  let server: Server
  let url: string
  let requests = 0
  let status = 429
  let retryAfter = '120'

  beforeAll(async () => {
    server = createServer((_req, res) => {
      requests += 1
      res.statusCode = status
      if (retryAfter !== '') res.setHeader('Retry-After', retryAfter)
      res.end('{"message":"Too many requests"}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    requests = 0
    status = 429
    retryAfter = '120'
  })
  afterEach(() => void jest.restoreAllMocks())
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const genesis = { did: 'did:plc:abcdefghijklmnopqrstuvwx', operation: '{}' }
  const signal = new AbortController().signal
  const open = () => {
    const identity = createPlcIdentity({ url, retryPauseMs: 1 })
    return () => identity.publish(genesis, { signal }).catch((error: unknown) => error)
  }
  /** Advances the monotonic clock. */
  function advance(seconds: number): void {
    const { now } = performance
    jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + seconds * 1000)
  }

  it.each([
    [429, '120', 120],
    [503, '120', 120],
    [429, new Date(Date.now() + 600_000).toUTCString(), 600],
    [429, '9999999', 3600],
  ])('gets no requests until then: %i with Retry-After %s', async (answered, header, seconds) => {
    status = answered
    retryAfter = header
    const publish = open()
    const first = await publish()
    expect(first).toBeInstanceOf(DirectoryUnavailable)
    const { retryAfterSeconds = 0 } = first as DirectoryUnavailable
    expect(retryAfterSeconds).toBeLessThanOrEqual(seconds)
    expect(retryAfterSeconds).toBeGreaterThan(seconds / 2)
    await publish()
    expect(requests).toBe(1)
    advance(seconds + 1)
    await publish()
    expect(requests).toBe(2)
  })

  it('is retried at once without a Retry-After', async () => {
    retryAfter = ''
    const error = await open()()
    expect(error).toMatchObject({ retryAfterSeconds: undefined })
    // Three attempts, each followed by a lookup of the log.
    expect(requests).toBe(6)
  })

  describe('with accounts', () => {
    let database: TestDatabase
    let db: Kysely<unknown>
    beforeAll(async () => {
      database = await openAccountDatabase()
      db = database.db
    })
    afterAll(() => database.close())

    it('passes Retry-After on to the client, and background work obeys it', async () => {
      const harness = await openAccountHarness(db, { identity: createPlcIdentity({ url }) })
      try {
        const response = await fetch(`${harness.url}/xrpc/com.atproto.account.create`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            handle: 'alice.test',
            email: 'alice@example.com',
            password: 'correct horse battery',
          }),
        })
        expect(response.status).toBe(503)
        const seconds = Number(response.headers.get('retry-after'))
        expect(seconds).toBeGreaterThan(60)
        expect(seconds).toBeLessThanOrEqual(120)
        harness.clock.advance(60)
        await harness.accounts.runDueJobs()
        expect(requests).toBe(1)
        const { rows } = await sql<{ wait: number }>`
          select extract(epoch from next_attempt_at - ${harness.clock.now()}::timestamptz)::float8 as wait
          from lexwright_account.did_operation`.execute(db)
        expect(rows[0]?.wait).toBeGreaterThan(60)
      } finally {
        await harness.close()
      }
    })
  })
})
