import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type DidData, extensionOf } from '@lexwright/account/extension'
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
import type { UpdateFault } from '../testing/stand-in-states.ts'

const password = 'correct horse battery'
/** Longer than a claim and than any backoff. */
const LONG = 60 * 60

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let host: StandInHost
const directory = createStandInDirectory()
const clock = createTestClock()
/** Runs once, before the next call of the host. */
let interlude: (() => Promise<unknown>) | undefined
let did: string
let count = 0

beforeAll(async () => {
  database = await openAccountDatabase()
  harness = await openAccountHarness(database.db, { clock, identity: directory })
  entryway = createEntryway({
    accounts: harness.accounts,
    fetch: async (input, init) => {
      const work = interlude
      interlude = undefined
      await work?.()
      return await fetch(input, init)
    },
  })
  await entryway.migrate()
  host = await openStandInHost('host', directory)
  const { url, adminPassword } = host
  await entryway.operator.addHost({ url, adminPassword })
})
afterAll(async () => {
  await host.close()
  await harness.close()
  await database.close()
})
beforeEach(async () => {
  const handle = nextHandle()
  const request = { handle, email: `${handle}@example.com`, password }
  did = (await harness.accounts.service.create(request, 'unlimited')).did
  host.received.length = 0
})
afterEach(async () => {
  expect(await entryway.operator.listOutbox()).toEqual([])
})

const nextHandle = (): string => `person-${++count}.test`
const rename = (handle: string) =>
  harness.accounts.service.changeHandle({ did, handle }, 'unlimited')

describe('the outbox', () => {
  it('sends a new handle to the host before it answers', async () => {
    const handle = nextHandle()
    await rename(handle)
    expect(host.accounts.get(did)).toBe(handle)
    expect(host.received).toEqual([handle])
  })

  it.each<UpdateFault>(['fail', 'lose-answer'])('repeats after: %s', async (fault) => {
    host.updateFaults.push(fault)
    const handle = nextHandle()
    await rename(handle)
    expect(await entryway.operator.listOutbox()).toMatchObject([
      { did, handle, host: host.did, kinds: ['handle'], attempts: 1 },
    ])
    await entryway.runDueJobs()
    expect(await entryway.operator.listOutbox()).toHaveLength(1)
    clock.advance(LONG)
    await Promise.all([entryway.runDueJobs(), entryway.runDueJobs()])
    expect(host.accounts.get(did)).toBe(handle)
    expect(host.received).toHaveLength(fault === 'fail' ? 1 : 2)
  })

  it('keeps updates while the host is down, and sends the last state once it is healthy', async () => {
    const { operator } = entryway
    const [first, second] = [nextHandle(), nextHandle()]
    await host.listen(false)
    await rename(first)
    clock.advance(LONG)
    await entryway.runDueJobs()
    // The host is known to be down, so the caller does not wait for it.
    await rename(second)
    await harness.accounts.operator.deactivateAccount(did)
    expect(await operator.listOutbox()).toMatchObject([
      {
        handle: second,
        kinds: ['handle', 'status'],
        lastError: `${host.url} cannot be reached`,
        attempts: 2,
      },
    ])
    const [listed] = await operator.listHosts()
    expect(listed).toMatchObject({ pending: 1, isHealthy: false })
    expect(clock.now().getTime() - (listed?.oldestPendingAt?.getTime() ?? 0)).toBe(LONG * 1000)
    expect(await operator.runOutbox()).toEqual({ done: 0, failed: 1 })
    await host.listen(true)
    // Longer than a health check, shorter than the backoff.
    clock.advance(30)
    await entryway.runDueJobs()
    expect(host.received).toEqual(['{"deactivated":{"applied":true}}', second])
  })

  it('sends a change made during the update for the one before', async () => {
    const [first, second] = [nextHandle(), nextHandle()]
    interlude = () => rename(second)
    await rename(first)
    expect(host.received).toEqual([second])
  })

  it('finishes the update of a process that died', async () => {
    const handle = nextHandle()
    // The process dies before its call arrives.
    interlude = () => new Promise(() => {})
    void rename(handle)
    while (interlude !== undefined) await new Promise((resolve) => setImmediate(resolve))
    await entryway.runDueJobs()
    expect(host.received).toEqual([])
    clock.advance(LONG)
    await entryway.runDueJobs()
    expect(host.received).toEqual([handle])
  })

  it('drops the handle if the DID no longer names the host', async () => {
    await changeElsewhere(() => ({
      alsoKnownAs: ['at://moved.test'],
      services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: 'https://b.test' } },
    }))
    expect(host.received).toEqual([])
  })

  it('sends a handle that was changed in the directory', async () => {
    const handle = nextHandle()
    await changeElsewhere(() => ({ alsoKnownAs: [`at://${handle}`] }))
    await harness.accounts.runDueJobs()
    expect(host.accounts.get(did)).toBe(handle)
  })
})

/** Changes the DID without the account service, and makes the service read the log. */
async function changeElsewhere(change: () => Partial<DidData>): Promise<void> {
  const { signUpdate } = extensionOf(harness.accounts)
  const head = directory.logs.get(did)?.at(-1)?.operation ?? {}
  const operation = await signUpdate(head, change)
  await directory.updates.send({ did, operation }, { signal: AbortSignal.timeout(1000) })
  await harness.accounts.service.resolveDid(did, { isFresh: true })
}
