import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { readOperation } from '@lexwright/account/extension'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  createTestClock,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { createEntryway, type Entryway } from '../create-entryway.ts'
import { createStandInDirectory } from '../testing/stand-in-directory.ts'
import { type HostFault, openStandInHost, type StandInHost } from '../testing/stand-in-host.ts'

const password = 'correct horse battery'
/** Longer than the lease of a claim. */
const LEASE_SECONDS = 60

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let a: StandInHost
let b: StandInHost
const directory = createStandInDirectory()
const clock = createTestClock()
/** The random number: below 0.5, host A is tried first. */
let chance = 0

beforeAll(async () => {
  database = await openAccountDatabase()
  harness = await openAccountHarness(database.db, { clock, identity: directory })
  entryway = createEntryway({ accounts: harness.accounts, random: () => chance })
  await entryway.migrate()
  a = await openStandInHost('a', directory)
  b = await openStandInHost('b', directory)
  for (const { url, adminPassword } of [a, b])
    await entryway.operator.addHost({ url, adminPassword })
})
afterAll(async () => {
  await a.close()
  await b.close()
  await harness.close()
  await database.close()
})
beforeEach(() => {
  chance = 0
})

let count = 0
const nextHandle = (): string => `person-${++count}.test`

const signUp = (handle: string) =>
  harness.accounts.service.create({ handle, email: `${handle}@example.com`, password }, 'unlimited')

/** Expires claims and runs due jobs. */
async function reconcile(): Promise<void> {
  clock.advance(LEASE_SECONDS * 60)
  await harness.accounts.runDueJobs()
}

async function rowsOf(handle: string): Promise<readonly { did: string; status: string }[]> {
  const { rows } = await sql<{ did: string; status: string }>`
    select did, status from lexwright_account.account where handle = ${handle}`.execute(database.db)
  return rows
}

/** The endpoint and the signing key that a DID names. */
function named(did: string): unknown {
  const { services, verificationMethods } =
    readOperation(directory.logs.get(did)?.at(-1)?.operation ?? {}) ?? {}
  return [services?.atproto_pds?.endpoint, verificationMethods?.atproto]
}

async function expectAt(host: StandInHost, handle: string): Promise<string> {
  const [row, ...others] = await rowsOf(handle)
  const { did = '', status } = row ?? {}
  expect([status, others]).toEqual(['active', []])
  expect(host.accounts.get(did)).toBe(handle)
  expect(await entryway.hosts.byAccount(did)).toMatchObject({ did: host.did, url: host.url })
  const { rows } = await sql<{ signing_key: string }>`
    select signing_key from lexwright_account.entryway_account where did = ${did}`.execute(
    database.db,
  )
  expect(named(did)).toEqual([host.url, rows[0]?.signing_key])
  expect(await harness.accounts.service.resolveDid(did)).toMatchObject({
    service: [{ serviceEndpoint: host.url }],
  })
  return did
}

it('creates accounts at hosts chosen by weight, with the signing keys reserved there', async () => {
  const [first, second] = [nextHandle(), nextHandle()]
  const { did } = await signUp(first)
  expect(await expectAt(a, first)).toBe(did)
  chance = 0.5
  await signUp(second)
  await expectAt(b, second)
})

it('answers createAccount like an official PDS, including the DID document', async () => {
  const handle = nextHandle()
  const { data } = await harness.client.com.atproto.server.createAccount({
    handle,
    email: `${handle}@example.com`,
    password,
  })
  const did = await expectAt(a, handle)
  expect(data).toMatchObject({ did, handle, didDoc: { id: did } })
})

describe('after a failure', () => {
  const openHosts = async (): Promise<void> => {
    await entryway.operator.drainHost(b.did)
  }
  beforeAll(openHosts)
  afterAll(async () => {
    await entryway.operator.openHost(b.did)
  })
  afterEach(() => {
    expect(a.faults).toEqual([])
  })

  it.each<HostFault>(['fail-published', 'answer-500', 'lose-keys'])(
    'continues at once after: %s',
    async (fault) => {
      const handle = nextHandle()
      a.faults.push(fault)
      const { did } = await signUp(handle)
      expect(await expectAt(a, handle)).toBe(did)
    },
  )

  it.each<HostFault>(['fail', 'lose-answer', 'die-published'])(
    'continues later with the same DID after: %s',
    async (fault) => {
      const handle = nextHandle()
      a.faults.push(fault)
      await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
      const [pending] = await rowsOf(handle)
      expect(pending?.status).toBe('pending')
      await reconcile()
      expect(await expectAt(a, handle)).toBe(pending?.did)
    },
  )

  it('returns the same DID for a repeated request', async () => {
    const handle = nextHandle()
    a.faults.push('fail')
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    const [pending] = await rowsOf(handle)
    expect((await signUp(handle)).did).toBe(pending?.did)
    await expectAt(a, handle)
  })

  it('sends nothing again while the host may still be working', async () => {
    const handle = nextHandle()
    a.faults.push('lose-answer')
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    await expect(signUp(handle)).rejects.toMatchObject({ retryAfterSeconds: 5 })
    clock.advance(LEASE_SECONDS)
    await signUp(handle)
    const did = await expectAt(a, handle)
    expect(directory.logs.get(did)).toHaveLength(1)
  })

  it('removes no files that the host may still be writing', async () => {
    const handle = nextHandle()
    a.faults.push('die-published')
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    clock.advance(2 * LEASE_SECONDS)
    await harness.accounts.runDueJobs()
    expect(await rowsOf(handle)).toMatchObject([{ status: 'pending' }])
    await reconcile()
    await expectAt(a, handle)
  })

  it('releases a handle taken at the host before publishing the DID', async () => {
    const handle = nextHandle()
    a.accounts.set('did:plc:stranger', handle)
    const before = directory.logs.size
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'handle-not-available' })
    expect(directory.logs.size).toBe(before)
    expect(await rowsOf(handle)).toEqual([])
  })

  it('tombstones the DID and releases everything if the only host has given the handle away', async () => {
    const handle = nextHandle()
    a.faults.push('fail')
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    const [pending] = await rowsOf(handle)
    a.accounts.set('did:plc:other', handle)
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'handle-not-available' })
    const log = directory.logs.get(pending?.did ?? '')
    expect(log?.at(-1)?.operation.type).toBe('plc_tombstone')
    expect(await rowsOf(handle)).toEqual([])
  })

  it('gives up after a day and releases everything', async () => {
    const handle = nextHandle()
    a.faults.push('fail-published', 'fail')
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    const [pending] = await rowsOf(handle)
    clock.advance(25 * 60 * 60)
    a.faults.push('fail', 'fail')
    await harness.accounts.runDueJobs()
    expect(await rowsOf(handle)).toEqual([])
    const log = directory.logs.get(pending?.did ?? '')
    expect(log?.at(-1)?.operation.type).toBe('plc_tombstone')
  })
})

describe('with another host', () => {
  it('points the DID there if the first host has given the handle away', async () => {
    const handle = nextHandle()
    await entryway.operator.drainHost(b.did)
    a.faults.push('fail')
    await expect(signUp(handle)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    await entryway.operator.openHost(b.did)
    a.accounts.set('did:plc:third', handle)
    const [pending] = await rowsOf(handle)
    expect((await signUp(handle)).did).toBe(pending?.did)
    await expectAt(b, handle)
  })

  it('points the DID there if the first host is draining or down', async () => {
    const [first, second] = [nextHandle(), nextHandle()]
    await entryway.operator.drainHost(b.did)
    a.faults.push('fail', 'fail')
    for (const handle of [first, second]) await expect(signUp(handle)).rejects.toThrow()
    await entryway.operator.openHost(b.did)
    await entryway.operator.drainHost(a.did)
    await signUp(first)
    await expectAt(b, first)
    await entryway.operator.openHost(a.did)
    await a.listen(false)
    await signUp(second)
    await a.listen(true)
    await expectAt(b, second)
  })

  it('signs up there while the first is down, and fails while both are', async () => {
    const [first, second] = [nextHandle(), nextHandle()]
    await a.listen(false)
    await signUp(first)
    await expectAt(b, first)
    await b.listen(false)
    await expect(signUp(second)).rejects.toMatchObject({ code: 'temporarily-unavailable' })
    expect(await rowsOf(second)).toEqual([])
    await Promise.all([a.listen(true), b.listen(true)])
  })
})
