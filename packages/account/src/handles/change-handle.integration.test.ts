import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import { HandleNotAvailable, InvalidHandle, RateLimitExceeded } from '../errors.ts'

const HOLD = 60 * 60

describe('a change of handle', () => {
  let database: TestDatabase
  let harness: AccountHarness
  /** DIDs by handles of other domains that resolve to them. */
  const elsewhere = new Map<string, () => Promise<string | undefined>>()
  const documents = new Map<string, object>()
  const changes: string[] = []

  beforeAll(async () => {
    database = await openAccountDatabase()
    const { policy } = await testModuleOptions({ handleHold: HOLD, resolutionTimeoutMs: 50 })
    harness = await openAccountHarness(database.db, {
      policy,
      rateLimits: {},
      resolver: {
        handle: { resolve: async (handle) => elsewhere.get(handle)?.() },
        did: { resolve: async (did) => documents.get(did) ?? null },
      },
      hooks: {
        onHandleChanged: async ({ previous, handle }, tx) => {
          await sql`select 1`.execute(tx)
          changes.push(`${previous} ${handle}`)
        },
      },
    })
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const create = async (name: string) => {
    const { did } = await harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
      },
      'unlimited',
    )
    return did
  }
  const change = (did: string, handle: string) =>
    harness.accounts.service.changeHandle({ did, handle }, 'unlimited')
  const resolve = (handle: string) => harness.accounts.service.resolveHandle(handle)
  const names = async (did: string, db: Kysely<unknown> = database.db) => {
    const { rows } = await sql<{ operation: string }>`
      select operation from lexwright_account.did_log where did = ${did} order by position`.execute(
      db,
    )
    return rows.map(({ operation }) => JSON.parse(operation).alsoKnownAs)
  }

  it('updates the account and its DID', async () => {
    const did = await create('alice')
    await change(did, 'Alice-Two.test')
    expect(await resolve('alice-two.test')).toBe(did)
    await expect(resolve('alice.test')).rejects.toThrow('No account has this handle')
    expect(await names(did)).toEqual([['at://alice.test'], ['at://alice-two.test']])
    expect(changes).toEqual(['alice.test alice-two.test'])
    await change(did, 'alice-two.test')
    expect(await names(did)).toHaveLength(2)
    const { events } = await harness.accounts.operator.showAccount(did)
    expect(events.map(({ event }) => event)).toContain('handle.changed')
  })

  it('reserves the former one for its owner for a while', async () => {
    const did = await create('bob')
    await change(did, 'bobby.test')
    await expect(create('bob')).rejects.toThrow(HandleNotAvailable)
    const other = await create('rob')
    await expect(change(other, 'bob.test')).rejects.toThrow('Handle already taken: bob.test')
    await change(did, 'bob.test')
    await change(did, 'robert.test')
    harness.clock.advance(HOLD)
    await harness.accounts.runDueJobs()
    await change(other, 'bob.test')
    expect(await resolve('bob.test')).toBe(other)
    await expect(change(did, 'bob.test')).rejects.toThrow(HandleNotAvailable)
  })

  it('accepts a handle of another domain that resolves to the account', async () => {
    const did = await create('carol')
    elsewhere.set('carol.example.com', async () => did)
    elsewhere.set('late.example.com', () => new Promise(() => {}))
    elsewhere.set('broken.example.com', () => Promise.reject(new Error('no such host')))
    await change(did, 'carol.example.com')
    expect(await resolve('carol.example.com')).toBe(did)
    const other = await create('caroline')
    for (const name of ['carol', 'late', 'broken', 'unknown']) {
      await expect(change(other, `${name}.example.com`)).rejects.toThrow(
        'External handle did not resolve to DID',
      )
    }
    await expect(change(other, 'caroline.local')).rejects.toThrow(InvalidHandle)
    await expect(change(other, 'two words')).rejects.toThrow(InvalidHandle)
    await expect(change(other, 'pds.test')).rejects.toThrow(HandleNotAvailable)
  })

  it('checks daily that such a handle still resolves to the account', async () => {
    const did = await create('nina')
    elsewhere.set('nina.example.com', async () => did)
    await change(did, 'nina.example.com')
    const start = (await harness.accounts.changes.read({ limit: 10_000 })).at(-1)?.seq ?? 0
    const told = async () =>
      (await harness.accounts.changes.read({ after: start }))
        .filter((each) => each.did === did)
        .map(({ kind }) => kind)
    const nextDay = async () => {
      harness.clock.advance(25 * 60 * 60)
      await harness.accounts.runDueJobs()
    }
    await nextDay()
    elsewhere.set('nina.example.com', async () => undefined)
    await nextDay()
    await nextDay()
    expect(await told()).toEqual([])
    await nextDay()
    await nextDay()
    expect(await told()).toEqual(['handle-unproven'])
    elsewhere.set('nina.example.com', async () => did)
    await nextDay()
    expect(await told()).toEqual(['handle-unproven', 'handle-proven'])
    expect(await resolve('nina.example.com')).toBe(did)
  })

  it('allows reserved names to the operator only', async () => {
    const did = await create('dave')
    await expect(change(did, 'support.test')).rejects.toThrow(HandleNotAvailable)
    const { operator } = harness.accounts
    expect(await operator.changeHandle('dave.test', 'support.test')).toMatchObject({
      did,
      handle: 'support.test',
    })
    await expect(operator.changeHandle(did, 'ab.test')).rejects.toThrow('at least 3 characters')
  })

  it('gives a handle to one of several concurrent requests', async () => {
    const dids = await Promise.all(['erin', 'erica', 'erik'].map(create))
    const wanted = ['eric.test', 'erwin.test', 'ernie.test']
    const outcomes = await Promise.allSettled([
      ...dids.flatMap((did) => wanted.map((handle) => change(did, handle))),
      create('eric'),
    ])
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
    const { rows } = await sql<{ handle: string; accounts: number }>`
      select claim.handle, count(account.did)::integer as accounts
      from lexwright_account.handle_claim claim
      left join lexwright_account.account account on account.handle = claim.handle
      where claim.held_until is null group by claim.handle`.execute(database.db)
    for (const { handle, accounts } of rows)
      expect({ handle, accounts }).toEqual({ handle, accounts: 1 })
    for (const did of dids) {
      const { handle } = await harness.accounts.service.get(did)
      expect(await resolve(handle)).toBe(did)
    }
  })

  it('is limited per account', async () => {
    const did = await create('frank')
    const caller = { address: '192.0.2.1' }
    const tries = Array.from({ length: 11 }, (_, n) =>
      harness.accounts.service.changeHandle({ did, handle: `frank-${n}.test` }, caller),
    )
    const outcomes = await Promise.allSettled(tries)
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refused.filter((reason) => reason instanceof RateLimitExceeded)).toHaveLength(1)
  })

  it('follows the document of a did:web and writes none', async () => {
    const did = 'did:web:grace.example.com'
    const [line] = [{ did, handle: 'grace.test', email: 'grace@example.com' }].map((account) =>
      JSON.stringify({
        ...account,
        passwordHash: '$2b$04$abcdefghijklmnopqrstuuN1CPp7wSyMbUtVBYhQ0JFyYyOqLgVfe',
      }),
    )
    expect(await harness.accounts.operator.importAccounts([line ?? ''])).toMatchObject({
      imported: 1,
    })
    await expect(change(did, 'gracie.test')).rejects.toThrow('does not name the handle')
    const document = { id: did, alsoKnownAs: ['at://gracie.test'] }
    documents.set(did, document)
    await change(did, 'gracie.test')
    expect(await resolve('gracie.test')).toBe(did)
    expect(await names(did)).toEqual([['at://gracie.test']])
  })
})
