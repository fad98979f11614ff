import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { extensionOf, readOperation } from '@lexwright/account/extension'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { createEntryway, type Entryway } from '../create-entryway.ts'
import { createStandInDirectory } from '../testing/stand-in-directory.ts'
import { openStandInHost, type StandInHost } from '../testing/stand-in-host.ts'
import type { StandInRepository } from '../testing/stand-in-repositories.ts'
import { createEntrywayTokens } from '../tokens/entryway-tokens.ts'

const DAY_SECONDS = 24 * 60 * 60
const preferences = [{ $type: 'app.bsky.actor.defs#adultContentPref', enabled: true }]

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let a: StandInHost
let b: StandInHost
const directory = createStandInDirectory()
const clock = createTestClock()
/** Fails the next call of a method before it is sent, or loses its answer. */
let fault: { readonly nsid: string; readonly isSent: boolean } | undefined

const faultyFetch: typeof fetch = async (input, init) => {
  const broken = fault
  if (broken === undefined || !String(input).includes(`/${broken.nsid}?`)) {
    return await fetch(input, init)
  }
  fault = undefined
  if (broken.isSent) await (await fetch(input, init)).arrayBuffer()
  throw new TypeError('The connection was lost')
}

beforeAll(async () => {
  database = await openAccountDatabase()
  const tokens = await createEntrywayTokens({
    serviceDid: 'did:web:entryway.test',
    privateKeyHex: '11'.repeat(32),
    hosts: { byAccount: (did) => entryway.hosts.byAccount(did) },
  })
  harness = await openAccountHarness(database.db, { clock, identity: directory, tokens })
  // Every new account is placed on the first host.
  entryway = createEntryway({ accounts: harness.accounts, random: () => 0, fetch: faultyFetch })
  await entryway.migrate()
  a = await openStandInHost('a', directory)
  b = await openStandInHost('b', directory)
  for (const { url, adminPassword } of [a, b])
    await entryway.operator.addHost({ url, adminPassword })
})
afterAll(async () => {
  await a.close()
  await b.close()
  await entryway.stop()
  await harness.close()
  await database.close()
})
beforeEach(() => {
  fault = undefined
})

let count = 0
/** Signs an account up at A, with a repository, blobs and preferences. */
async function signUp(): Promise<string> {
  const handle = `person-${++count}.test`
  const { did } = await harness.accounts.service.create(
    { handle, email: `${handle}@example.com`, password: 'correct horse battery' },
    'unlimited',
  )
  const repository = at(a, did)
  repository.commit = `commit of ${handle}`
  repository.preferences = preferences
  for (const blob of ['one', 'two', 'three']) {
    repository.expectedBlobs.add(`cid of ${blob}`)
    repository.blobs.set(`cid of ${blob}`, blob)
  }
  return did
}

function at(host: StandInHost, did: string): StandInRepository {
  const repository = host.repositories.get(did)
  if (repository === undefined) throw new Error(`${host.url} does not have ${did}`)
  return repository
}

function endpointOf(did: string): string | undefined {
  const head = directory.logs.get(did)?.at(-1)?.operation
  return readOperation(head ?? {})?.services.atproto_pds?.endpoint
}

async function expectMoved(did: string): Promise<void> {
  const [before, after] = [at(a, did), at(b, did)]
  expect(before.isActive).toBe(false)
  expect(after).toEqual({ ...before, isActive: true, commit: expect.any(String) })
  expect(after.commit).toMatch(`${before.commit}, signed here`)
  expect(endpointOf(did)).toBe(b.url)
  expect(await entryway.hosts.byAccount(did)).toMatchObject({ did: b.did })
  expect(await harness.accounts.service.resolveDid(did)).toMatchObject({
    service: [{ serviceEndpoint: b.url }],
  })
  expect(await entryway.moves.list()).toEqual([])
}

it('moves an account with its data, and says at which step it is', async () => {
  const did = await signUp()
  const told: string[] = []
  await entryway.moves.move(did, b.did, {
    report: ({ step, blobs }) => told.push(blobs === undefined ? step : `${step}: ${blobs}`),
  })
  await expectMoved(did)
  expect(told).toEqual([
    'stop',
    'identity',
    'repository',
    'blobs',
    'blobs: 3',
    'preferences',
    'activate',
    'finished',
  ])
  const { events } = await harness.accounts.operator.showAccount(did)
  expect(events[0]).toMatchObject({ event: 'account.moved', actor: 'admin' })
})

const calls = [
  'com.atproto.server.reserveSigningKey',
  'com.atproto.admin.updateSubjectStatus',
  'com.atproto.sync.getRepoStatus',
  'com.atproto.server.createAccount',
  'com.atproto.server.checkAccountStatus',
  'com.atproto.sync.getRepo',
  'com.atproto.repo.importRepo',
  'com.atproto.repo.listMissingBlobs',
  'com.atproto.sync.getBlob',
  'com.atproto.repo.uploadBlob',
  'app.bsky.actor.getPreferences',
  'app.bsky.actor.putPreferences',
  'com.atproto.repo.applyWrites',
]
it.each(calls.flatMap((nsid) => [false, true].map((isSent) => ({ nsid, isSent }))))(
  'continues after a lost connection: $nsid, sent: $isSent',
  async (lost) => {
    const did = await signUp()
    fault = lost
    await expect(entryway.moves.move(did, b.did)).rejects.toMatchObject({ code: 'failed' })
    expect(fault).toBeUndefined()
    expect(await entryway.moves.list()).toMatchObject([{ did, lastError: expect.any(String) }])
    // A write in the meantime must not be lost.
    if (at(a, did).isActive) at(a, did).commit += ', and more'
    // How long nothing is sent again to a host that has not answered.
    clock.advance(15 * 60)
    await entryway.moves.move(did, b.did)
    await expectMoved(did)
  },
)

describe('a move that fails after the DID has left', () => {
  it('lets no other update open the new host before it ends', async () => {
    const did = await signUp()
    fault = { nsid: 'com.atproto.repo.importRepo', isSent: false }
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow()
    await harness.accounts.operator.disableAccount(did)
    await harness.accounts.operator.enableAccount(did)
    await entryway.runDueJobs()
    expect(at(b, did).isActive).toBe(false)
    await entryway.moves.move(did, b.did)
    await expectMoved(did)
  })

  it('is continued by any process', async () => {
    const did = await signUp()
    fault = { nsid: 'com.atproto.repo.importRepo', isSent: false }
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow(/^step repository: .*by itself$/)
    // Soon, since its owner cannot write meanwhile.
    clock.advance(15)
    await entryway.runDueJobs()
    await expectMoved(did)
  })

  it('goes nowhere else', async () => {
    const did = await signUp()
    fault = { nsid: 'com.atproto.sync.getRepo', isSent: false }
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow()
    await expect(entryway.moves.move(did, a.did)).rejects.toMatchObject({ code: 'refused' })
    await entryway.moves.move(did, b.did)
  })
})

describe('a new host that fails', () => {
  it.each(['fail', 'fail-published'] as const)('leaves the account where it was: %s', async (f) => {
    const did = await signUp()
    b.faults.push(f, f, f)
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow(/^step identity: .*where it was$/)
    expect(at(a, did).isActive).toBe(true)
    expect(endpointOf(did)).toBe(a.url)
    // Only the operator can retry.
    clock.advance(DAY_SECONDS)
    await entryway.runDueJobs()
    expect(await entryway.moves.list()).toMatchObject([{ did, step: 'stop', attempts: 1 }])
    await entryway.moves.move(did, b.did)
    await expectMoved(did)
  })

  it('is asked again after it died with the files of the account', async () => {
    const did = await signUp()
    b.faults.push('die-published')
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow()
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow(/has not answered/)
    clock.advance(15 * 60)
    await entryway.moves.move(did, b.did)
    await expectMoved(did)
  })

  it('is not begun with if an account there has the handle', async () => {
    const did = await signUp()
    b.accounts.set('did:plc:stranger', `person-${count}.test`)
    await expect(entryway.moves.move(did, b.did)).rejects.toThrow(/has the handle/)
    expect(at(a, did).isActive).toBe(true)
    b.accounts.delete('did:plc:stranger')
    await entryway.moves.move(did, b.did)
  })
})

it('is done by one of two processes', async () => {
  const did = await signUp()
  const both = [entryway.moves.move(did, b.did), entryway.moves.move(did, b.did)]
  const outcomes = await Promise.allSettled(both)
  expect(outcomes.map(({ status }) => status)).toContain('fulfilled')
  await expectMoved(did)
})

it.each(['deactivated', 'disabled'] as const)('leaves an account %s', async (status) => {
  const did = await signUp()
  const { operator } = harness.accounts
  await (status === 'disabled' ? operator.disableAccount(did) : operator.deactivateAccount(did))
  await entryway.moves.move(did, b.did)
  const isTakenDown = status === 'disabled'
  expect(at(b, did)).toMatchObject({ isActive: false, isTakenDown, preferences })
  expect(at(b, did).commit).toBe(at(a, did).commit)
})

it('finishes without blobs that the old host has lost, and keeps the copy there', async () => {
  const did = await signUp()
  at(a, did).blobs.delete('cid of two')
  await entryway.moves.move(did, b.did)
  expect([...at(b, did).blobs.values()].toSorted()).toEqual(['one', 'three'])
  clock.advance(31 * DAY_SECONDS)
  await entryway.runDueJobs()
  expect(a.repositories.has(did)).toBe(true)
})

it('comes back over its old copy, and removes a copy after 30 days', async () => {
  const did = await signUp()
  await entryway.moves.move(did, b.did)
  at(b, did).commit = 'written at B'
  await entryway.moves.move(did, a.did)
  expect(at(a, did)).toMatchObject({ isActive: true, commit: 'written at B, signed here' })
  clock.advance(29 * DAY_SECONDS)
  await entryway.runDueJobs()
  expect(b.repositories.has(did)).toBe(true)
  clock.advance(2 * DAY_SECONDS)
  await entryway.runDueJobs()
  expect([a.repositories.has(did), b.repositories.has(did)]).toEqual([true, false])
})

it('leaves an account alone that its owner moves elsewhere, and its host is over after 30 days', async () => {
  const did = await signUp()
  const head = directory.logs.get(did)?.at(-1)?.operation ?? {}
  const elsewhere = 'https://elsewhere.test'
  const operation = await extensionOf(harness.accounts).signUpdate(head, () => ({
    services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: elsewhere } },
  }))
  await directory.updates.send({ did, operation }, { signal: AbortSignal.timeout(1000) })
  await expect(entryway.moves.move(did, b.did)).rejects.toThrow(`points to ${elsewhere}`)
  expect(endpointOf(did)).toBe(elsewhere)
  await harness.accounts.service.deactivateAccount({ did })
  // Reads the log again.
  await harness.accounts.runDueJobs()
  await entryway.runDueJobs()
  expect(await entryway.hosts.byAccount(did)).toMatchObject({ did: a.did })
  clock.advance(30 * DAY_SECONDS)
  await entryway.runDueJobs()
  expect(await entryway.hosts.byAccount(did)).toBeUndefined()
  expect(a.repositories.has(did)).toBe(false)
  expect(await entryway.moves.list()).toEqual([])
})

it('refuses a host that is none and an unknown account, and does nothing for its own host', async () => {
  const did = await signUp()
  await expect(entryway.moves.move(did, 'did:web:nowhere.test')).rejects.toMatchObject({
    code: 'refused',
  })
  await entryway.moves.move(did, a.did)
  expect(at(a, did).isActive).toBe(true)
  await expect(entryway.moves.move('nobody.test', b.did)).rejects.toThrow()
  expect(await entryway.moves.list()).toEqual([])
})

it('drains a host, which can be removed then', async () => {
  const stuck = await signUp()
  await entryway.operator.drainHost(a.did)
  b.accounts.set('did:plc:stranger', `person-${count}.test`)
  const first = await entryway.moves.drain(a.did)
  expect(first).toMatchObject({
    failed: [{ account: stuck, reason: expect.stringMatching(/has the handle/) }],
  })
  await expect(entryway.operator.removeHost(a.did)).rejects.toMatchObject({ code: 'host-in-use' })
  b.accounts.delete('did:plc:stranger')
  expect(await entryway.moves.drain(a.did)).toEqual({ moved: 1, failed: [] })
  await expectMoved(stuck)
  await entryway.operator.removeHost(a.did)
})
