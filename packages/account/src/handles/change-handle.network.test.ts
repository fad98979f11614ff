import { Secp256k1Keypair } from '@atproto/crypto'
import { createUpdateOp, type Operation } from '@did-plc/lib'
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
  type HttpFault,
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { HandleNotAvailable, IdentityRefused, TemporarilyUnavailable } from '../errors.ts'
import { createPlcIdentity } from '../identity/plc-identity.ts'

const HOUR = 60 * 60
const owner = await Secp256k1Keypair.create()

describe('a change of handle in a directory', () => {
  let database: TestDatabase
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  let harness: AccountHarness
  /** A process without a directory yet. */
  let local: AccountHarness

  let openProcess: () => Promise<AccountHarness>
  const changes: string[] = []

  beforeAll(async () => {
    database = await openAccountDatabase()
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
    const { secrets, policy } = await testModuleOptions({ publicationTimeoutMs: 6_000 })
    openProcess = async () =>
      await openAccountHarness(database.db, {
        policy,
        secrets,
        identity: createPlcIdentity({ url: proxy.url, requestTimeoutMs: 800, retryPauseMs: 5 }),
        hooks: { onHandleChanged: async ({ handle }) => void changes.push(handle) },
        ...(harness && { clock: harness.clock }),
      })
    harness = await openProcess()
    local = await openAccountHarness(database.db, { secrets, clock: harness.clock })
  })
  afterEach(() => proxy.fail('pass'))
  afterAll(async () => {
    await harness.close()
    await local.close()
    await proxy.close()
    await directory.close()
    await database.close()
  })

  const create = async (name: string, from = harness, recoveryKey?: string) => {
    const { did } = await from.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
        recoveryKey,
      },
      'unlimited',
    )
    return did
  }
  const change = (did: string, handle: string, from = harness) =>
    from.accounts.service.changeHandle({ did, handle }, 'unlimited')
  const runLater = async () => {
    harness.clock.advance(2 * HOUR)
    await harness.accounts.runDueJobs()
  }
  const log = async (did: string) => (await directory.log(did)) as readonly Operation[]
  const published = async (did: string) => (await log(did)).map(({ alsoKnownAs }) => alsoKnownAs[0])
  const handleOf = async (did: string) => (await harness.accounts.service.get(did)).handle
  /** Changes a DID with the recovery key, on top of its first operation. */
  const recover = async (did: string, changes: Partial<Operation>) => {
    const [first] = await log(did)
    if (first === undefined) throw new Error('not published')
    const operation = await createUpdateOp(first, owner, (now) => ({ ...now, ...changes }))
    const { status } = await fetch(`${directory.url}/${did}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(operation),
    })
    expect(status).toBe(200)
  }

  it('changes only the name in the DID', async () => {
    const did = await create('alice')
    await change(did, 'alicia.test')
    const [genesis, update] = await log(did)
    expect({ ...update, prev: null, sig: '' }).toEqual({
      ...genesis,
      alsoKnownAs: ['at://alicia.test'],
      sig: '',
    })
    expect(await handleOf(did)).toBe('alicia.test')
    await change(did, 'alice.test')
    expect(await published(did)).toEqual(['at://alice.test', 'at://alicia.test', 'at://alice.test'])
  })

  const faults: readonly HttpFault[] = ['drop-before', 'drop-after', 'hang-after', { status: 500 }]
  it.each(faults.flatMap((fault) => [['GET', fault] as const, ['POST', fault] as const]))(
    'is finished later, once, when a %s meets %j',
    async (verb, fault) => {
      const name = `${verb}-${JSON.stringify(fault).replace(/\W+/g, '')}`.toLowerCase()
      const did = await create(name)
      proxy.fail([fault], (request) => request.startsWith(verb))
      await expect(change(did, `${name}-2.test`)).rejects.toThrow(TemporarilyUnavailable)
      proxy.fail('pass')
      await expect(create(`${name}-2`)).rejects.toThrow(HandleNotAvailable)
      expect(await handleOf(did)).toBe(`${name}.test`)
      await runLater()
      expect(await handleOf(did)).toBe(`${name}-2.test`)
      expect(await published(did)).toEqual([`at://${name}.test`, `at://${name}-2.test`])
      expect(changes.filter((handle) => handle === `${name}-2.test`)).toHaveLength(1)
    },
  )

  it('is resumed by the same request', async () => {
    const did = await create('again')
    proxy.fail(['drop-after'], (request) => request.startsWith('POST'))
    await expect(change(did, 'again-2.test')).rejects.toThrow(TemporarilyUnavailable)
    await expect(change(did, 'again-3.test')).rejects.toThrow(TemporarilyUnavailable)
    await change(did, 'again-2.test')
    expect(await published(did)).toEqual(['at://again.test', 'at://again-2.test'])
    await change(did, 'again-3.test')
    expect(await handleOf(did)).toBe('again-3.test')
  })

  it('is undone when the directory refuses', async () => {
    const did = await create('refused')
    proxy.fail({ status: 400, body: '{"message":"Invalid operation"}' }, (request) =>
      request.startsWith('POST'),
    )
    await expect(change(did, 'refused-2.test')).rejects.toThrow(IdentityRefused)
    proxy.fail('pass')
    expect(await handleOf(did)).toBe('refused.test')
    expect(await published(did)).toEqual(['at://refused.test'])
    await create('refused-2')
  })

  it('is undone when the owner has removed the service key from the DID, and their change is mirrored', async () => {
    const did = await create('moved', harness, owner.did())
    await recover(did, { rotationKeys: [owner.did()], alsoKnownAs: ['at://moved.example.com'] })
    await expect(change(did, 'moved-2.test')).rejects.toThrow(IdentityRefused)
    await create('moved-2')
    expect((await harness.accounts.service.get(did)).recoveryKey).toBe(owner.did())
  })

  it("applies on top of the owner's changes", async () => {
    const did = await create('changed', harness, owner.did())
    await recover(did, {
      services: { other: { type: 'Other', endpoint: 'https://other.test' } },
    })
    await change(did, 'changed-2.test')
    expect((await log(did)).at(-1)).toMatchObject({
      alsoKnownAs: ['at://changed-2.test'],
      services: { other: { endpoint: 'https://other.test' } },
    })
  })

  it('follows a change by the owner in the directory', async () => {
    const did = await create('adopted', harness, owner.did())
    await recover(did, { alsoKnownAs: ['at://adopted-2.test', 'https://adopted.example.com'] })
    await harness.accounts.service.refreshIdentity(did, 'unlimited')
    await harness.accounts.runDueJobs()
    expect(await handleOf(did)).toBe('adopted-2.test')
    expect(changes).toContain('adopted-2.test')
    await expect(create('adopted')).rejects.toThrow(HandleNotAvailable)
    expect(await harness.accounts.service.resolveHandle('adopted-2.test')).toBe(did)
    expect(await log(did)).toHaveLength(2)
  })

  it.each([
    ['somebody’s', 'at://taken.test'],
    ['reserved', 'at://support.test'],
    ['not proven', 'at://adopting.example.com'],
    ['no handle', 'at://Upper.Test'],
  ])('does not follow to a handle that is %s', async (_, name) => {
    const label = name.replace(/\W+/g, '-').slice(3, 15).toLowerCase()
    const did = await create(`no-${label}`, harness, owner.did())
    await create('taken').catch(() => {})
    await recover(did, { alsoKnownAs: [name] })
    await harness.accounts.service.refreshIdentity(did, 'unlimited')
    await harness.accounts.runDueJobs()
    expect(await handleOf(did)).toBe(`no-${label}.test`)
    expect(await log(did)).toHaveLength(2)
  })

  it('does not contest an objection', async () => {
    const did = await create('objected', harness, owner.did())
    proxy.fail(['drop-after'], (request) => request.startsWith('POST'))
    await expect(change(did, 'objected-2.test')).rejects.toThrow(TemporarilyUnavailable)
    await recover(did, {})
    await runLater()
    expect(await handleOf(did)).toBe('objected.test')
    expect(await published(did)).toHaveLength(2)
    await create('objected-2')
  })

  it('made without a directory is published once there is one', async () => {
    const did = await create('early', local)
    await change(did, 'early-2.test', local)
    await change(did, 'early-3.test', local)
    expect(await log(did)).toEqual([])
    await harness.accounts.runDueJobs()
    await harness.accounts.runDueJobs()
    expect(await published(did)).toEqual(['at://early.test', 'at://early-3.test'])
    expect(await handleOf(did)).toBe('early-3.test')
  })

  it('is made by one of several processes', async () => {
    const did = await create('shared')
    const others = await Promise.all([openProcess(), openProcess()])
    const outcomes = await Promise.allSettled(
      [harness, ...others].map((from) => change(did, 'shared-2.test', from)),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toBeInstanceOf(TemporarilyUnavailable)
    }
    await Promise.all(others.map((each) => each.close()))
    expect(await published(did)).toEqual(['at://shared.test', 'at://shared-2.test'])
    expect(changes.filter((handle) => handle === 'shared-2.test')).toHaveLength(1)
  })
})
