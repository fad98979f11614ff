import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import {
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { type Kysely, sql } from 'kysely'
import { HandleNotAvailable, IdentityRefused, TemporarilyUnavailable } from '../errors.ts'
import { createPlcIdentity } from './plc-identity.ts'

const password = 'correct horse battery'
/** Longer than any lease. */
const LEASE = 120

describe('registrations with a PLC directory', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  let harness: AccountHarness
  /** A process without a directory yet. */
  let local: AccountHarness
  let inviteCode: string
  const created: string[] = []

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
    const { policy } = await testModuleOptions({
      inviteRequired: true,
      publicationTimeoutMs: 6_000,
    })
    harness = await openAccountHarness(db, {
      policy,
      identity: createPlcIdentity({ url: proxy.url, requestTimeoutMs: 800, retryPauseMs: 5 }),
      hooks: { onAccountCreated: async ({ handle }) => void created.push(handle) },
    })
    local = await openAccountHarness(db, { policy, clock: harness.clock })
    inviteCode = await harness.accounts.service.createInviteCode({ useCount: 100, createdBy: 'x' })
  })
  afterEach(() => proxy.fail('pass'))
  afterAll(async () => {
    await harness.close()
    await local.close()
    await proxy.close()
    await directory.close()
    await database.close()
  })

  const create = (name: string, from = harness) =>
    from.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password,
        inviteCode,
      },
      'unlimited',
    )
  const find = async (name: string) => {
    const { rows } = await sql<{ did: string; status: string; published: boolean }>`
      select a.did, a.status, o.published_at is not null as published
      from lexwright_account.account a join lexwright_account.did_operation o on o.did = a.did
      where a.handle = ${`${name}.test`}`.execute(db)
    return rows[0]
  }
  const usesLeft = async () => {
    const { rows } = await sql<{ uses_left: number }>`
      select uses_left from lexwright_account.invite_code where code = ${inviteCode}`.execute(db)
    return rows[0]?.uses_left ?? 0
  }
  const reconcileLater = async () => {
    harness.clock.advance(LEASE)
    await harness.accounts.runDueJobs()
  }
  const registered = async (did: string) => (await directory.log(did)).length

  it('publish before answering', async () => {
    const { did } = await create('alice')
    expect(await registered(did)).toBe(1)
    expect(await find('alice')).toEqual({ did, status: 'active', published: true })
  })

  it.each(['drop-before', 'drop-after', 'hang-after', 'hang'] as const)(
    'create the account when one request meets %s',
    async (fault) => {
      proxy.fail([fault])
      const { did } = await create(`once-${fault}`)
      expect(await registered(did)).toBe(1)
    },
  )

  it('stay pending while the directory is down and resume with the same DID', async () => {
    const before = await usesLeft()
    proxy.fail({ status: 500 })
    await expect(create('patient')).rejects.toThrow(TemporarilyUnavailable)
    const pending = await find('patient')
    expect(pending).toMatchObject({ status: 'pending', published: false })
    await expect(create('patient')).rejects.toThrow(TemporarilyUnavailable)
    proxy.fail('pass')
    const { did } = await create('patient')
    expect(did).toBe(pending?.did)
    expect(await usesLeft()).toBe(before - 1)
  })

  it('finish in the background; repeating the request then returns the answer once', async () => {
    proxy.fail('drop-before')
    await expect(create('absent')).rejects.toThrow(TemporarilyUnavailable)
    proxy.fail('pass')
    await harness.accounts.runDueJobs()
    // The request holds its lease until it ends.
    expect(await find('absent')).toMatchObject({ status: 'pending' })
    await reconcileLater()
    const finished = await find('absent')
    expect(finished).toMatchObject({ status: 'active', published: true })
    expect(created.filter((handle) => handle === 'absent.test')).toHaveLength(1)

    const { did } = await create('absent')
    expect(did).toBe(finished?.did)
    await expect(create('absent')).rejects.toThrow(HandleNotAvailable)
    expect(created.filter((handle) => handle === 'absent.test')).toHaveLength(1)
  })

  it('whose answer was never fetched can be repeated for a day only', async () => {
    proxy.fail('drop-before')
    await expect(create('forgot')).rejects.toThrow(TemporarilyUnavailable)
    proxy.fail('pass')
    await reconcileLater()
    harness.clock.advance(24 * 60 * 60)
    await expect(create('forgot')).rejects.toThrow(HandleNotAvailable)
    await harness.accounts.service.logIn({ name: 'forgot.test', password }, 'unlimited')
  })

  it('are retried with backoff while the directory is down', async () => {
    proxy.fail({ status: 503 })
    await expect(create('waiting')).rejects.toThrow(TemporarilyUnavailable)
    await reconcileLater()
    const attempts = async () => {
      const { did } = (await find('waiting')) ?? { did: '' }
      return (await harness.accounts.operator.showAccount(did)).publication
    }
    const first = await attempts()
    expect(first).toMatchObject({ publishedAt: null, lastError: expect.stringContaining('503') })
    harness.clock.advance(1)
    await harness.accounts.runDueJobs()
    expect(await attempts()).toEqual(first)
    await harness.accounts.operator.publishPending()
    expect((await attempts())?.attempts).toBe((first?.attempts ?? 0) + 1)
    proxy.fail('pass')
    expect(await harness.accounts.operator.publishPending()).toEqual({
      published: 1,
      deferred: 0,
      released: 0,
      failed: 0,
    })
    expect(await find('waiting')).toMatchObject({ status: 'active', published: true })
  })

  const refusal = { status: 400, body: '{"message":"Invalid operation"}' }

  it('release everything when the directory refuses', async () => {
    const before = await usesLeft()
    proxy.fail(refusal, (request) => request.startsWith('POST'))
    await expect(create('refused')).rejects.toThrow(IdentityRefused)
    expect(await find('refused')).toBeUndefined()
    expect(await usesLeft()).toBe(before)
    proxy.fail('pass')
    await create('refused')
  })

  it('release everything in the background too', async () => {
    const before = await usesLeft()
    proxy.fail('drop-before')
    await expect(create('refused-later')).rejects.toThrow(TemporarilyUnavailable)
    proxy.fail(refusal, (request) => request.startsWith('POST'))
    await reconcileLater()
    expect(await find('refused-later')).toBeUndefined()
    expect(await usesLeft()).toBe(before)
  })

  it('publish accounts from before there was a directory, except deleted ones', async () => {
    const names = ['early-one', 'early-two', 'early-three', 'early-gone']
    for (const name of names) await create(name, local)
    await local.accounts.operator.deleteAccount('early-gone.test')
    await local.accounts.runDueJobs()
    for (const name of names) expect(await find(name)).toMatchObject({ published: false })
    await harness.accounts.runDueJobs()
    for (const name of names.slice(0, 3)) {
      const { did, published, status } = (await find(name)) ?? { did: '' }
      expect({ published, status, registered: await registered(did) }).toEqual({
        published: true,
        status: 'active',
        registered: 1,
      })
    }
    const { did } = (await find('early-gone')) ?? { did: '' }
    expect(await registered(did)).toBe(0)
    await local.accounts.operator.restoreAccount(did)
    await harness.accounts.runDueJobs()
    expect(await registered(did)).toBe(1)
  })

  it('keep an active account whose operation the directory refuses later', async () => {
    const { did } = await create('kept', local)
    proxy.fail(refusal, (request) => request.startsWith('POST'))
    await harness.accounts.runDueJobs()
    expect(await find('kept')).toEqual({ did, status: 'active', published: false })
    const { publication } = await harness.accounts.operator.showAccount(did)
    expect(publication?.lastError).toBe('PublicationRefused: Invalid operation')
  })

  it('are shared by concurrent processes', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `shared-${n}`)
    proxy.fail({ status: 500 })
    await Promise.allSettled(names.map((name) => create(name)))
    proxy.fail('pass')
    harness.clock.advance(LEASE)
    const before = proxy.requests.length
    // A long timeout, since on a busy machine a retry would look like a duplicate.
    const { policy } = await testModuleOptions({ publicationTimeoutMs: 60_000 })
    const openOther = () =>
      openAccountHarness(db, {
        policy,
        clock: harness.clock,
        identity: createPlcIdentity({ url: proxy.url, requestTimeoutMs: 30_000 }),
        hooks: { onAccountCreated: async ({ handle }) => void created.push(handle) },
      })
    const others = await Promise.all([openOther(), openOther()])
    await Promise.all([...others, ...others].map(({ accounts }) => accounts.runDueJobs()))
    await Promise.all(others.map((each) => each.close()))
    for (const name of names) {
      expect(await find(name)).toMatchObject({ status: 'active', published: true })
      expect(created.filter((handle) => handle === `${name}.test`)).toHaveLength(1)
    }
    const posts = proxy.requests.slice(before).filter((request) => request.startsWith('POST'))
    expect(new Set(posts).size).toBe(posts.length)
  })

  it('do not spin on a provider that defers despite `defers: false`', async () => {
    const undecided = await openAccountHarness(db, {
      clock: harness.clock,
      identity: { publish: async () => 'deferred' },
    })
    await create('undecided', local)
    expect(await undecided.accounts.operator.publishPending()).toMatchObject({ deferred: 1 })
    await undecided.close()
  })

  it('time out on a provider that ignores its signal', async () => {
    const { policy } = await testModuleOptions({ publicationTimeoutMs: 50 })
    const deaf = await openAccountHarness(db, {
      policy,
      identity: { publish: () => new Promise(() => {}) },
    })
    await expect(
      deaf.accounts.service.create(
        {
          handle: 'deaf.test',
          email: 'deaf@example.com',
          password,
        },
        'unlimited',
      ),
    ).rejects.toThrow(TemporarilyUnavailable)
    await deaf.close()
  })
})
