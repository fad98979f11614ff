import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
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

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let host: StandInHost
const directory = createStandInDirectory()
const clock = createTestClock()
let did: string
let count = 0

beforeAll(async () => {
  database = await openAccountDatabase()
  harness = await openAccountHarness(database.db, { clock, identity: directory })
  entryway = createEntryway({ accounts: harness.accounts })
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
const nextHandle = (): string => `person-${++count}.test`
beforeEach(async () => {
  const handle = nextHandle()
  const password = 'correct horse battery'
  const request = { handle, email: `${handle}@example.com`, password }
  did = (await harness.accounts.service.create(request, 'unlimited')).did
  host.received.length = 0
})
afterEach(async () => {
  expect(await entryway.operator.listOutbox()).toEqual([])
})

/** The updates that the host received since the last call. */
function received(): unknown[] {
  return host.received.splice(0).map((each) => (each.startsWith('{') ? JSON.parse(each) : each))
}

it('deactivates and activates at the host, once each', async () => {
  const { service, operator } = harness.accounts
  await service.deactivateAccount({ did })
  await service.deactivateAccount({ did, deleteAfter: new Date(clock.now().getTime() + 1000) })
  expect(received()).toEqual([{ deactivated: { applied: true } }])
  await service.activateAccount(did)
  expect(received()).toEqual([{ deactivated: { applied: false } }])
  await operator.deactivateAccount(did)
  await operator.activateAccount(did)
  expect(received()).toHaveLength(2)
})

it('activates nothing whose DID does not name its host', async () => {
  const { service } = harness.accounts
  await service.deactivateAccount({ did })
  host.received.length = 0
  const type = 'AtprotoPersonalDataServer'
  const [{ operation: former } = { operation: {} }] = directory.logs.get(did) ?? []
  const refusals: readonly [Partial<DidData>, string][] = [
    [
      { services: { atproto_pds: { type, endpoint: 'https://b.test' } } },
      'DID document atproto_pds service endpoint does not match PDS public url',
    ],
    [
      { services: { atproto_pds: { type, endpoint: host.url } }, verificationMethods: {} },
      'DID document verification method does not match expected signing key',
    ],
  ]
  for (const [change, message] of refusals) {
    await changeDid(change)
    await expect(service.activateAccount(did)).rejects.toThrow(message)
  }
  const { verificationMethods } = former as { readonly verificationMethods: Record<string, string> }
  await changeDid({ verificationMethods })
  host.received.length = 0
  await service.activateAccount(did)
  expect(received()).toContainEqual({ deactivated: { applied: false } })
})

async function changeDid(change: Partial<DidData>): Promise<void> {
  const { signUpdate } = extensionOf(harness.accounts)
  const head = directory.logs.get(did)?.at(-1)?.operation ?? {}
  const operation = await signUpdate(head, () => change)
  await directory.updates.send({ did, operation }, { signal: AbortSignal.timeout(1000) })
}

it('takes down with the reference, and sends a handle changed before at the end', async () => {
  const { operator, service } = harness.accounts
  const handle = nextHandle()
  await host.listen(false)
  await service.changeHandle({ did, handle }, 'unlimited')
  await operator.disableAccount(did, 'case 7')
  await host.listen(true)
  await entryway.operator.runOutbox()
  expect(received()).toEqual([{ takedown: { applied: true, ref: 'case 7' } }])
  await operator.deactivateAccount(did)
  expect(received()).toEqual([{ deactivated: { applied: true } }])
  await operator.enableAccount(did)
  expect(received()).toEqual([{ takedown: { applied: false } }, handle])
})

it('takes a deleted account down until it is restored', async () => {
  const { operator } = harness.accounts
  await operator.deleteAccount(did)
  expect(received()).toEqual([
    { takedown: { applied: true, ref: 'deleted by its owner or operator' } },
  ])
  await operator.restoreAccount(did)
  expect(received()[0]).toEqual({ takedown: { applied: false } })
})

it('deletes at the date of the owner, and removes from the host with the purge', async () => {
  const { service, runDueJobs } = harness.accounts
  await service.deactivateAccount({ did, deleteAfter: new Date(clock.now().getTime() + 1000) })
  clock.advance(2)
  await runDueJobs()
  expect(received()).toContainEqual({
    takedown: { applied: true, ref: 'deleted by its owner or operator' },
  })
  await host.listen(false)
  clock.advance(8 * 24 * 60 * 60)
  await runDueJobs()
  expect(await entryway.operator.listOutbox()).toMatchObject([{ did, kinds: ['removal'] }])
  await expect(entryway.operator.removeHost(host.did)).rejects.toMatchObject({
    code: 'host-in-use',
  })
  await host.listen(true)
  await entryway.operator.runOutbox()
  expect(received()).toEqual(['remove'])
  expect([host.accounts.has(did), await entryway.hosts.byAccount(did)]).toEqual([false, undefined])
})

it('mirrors an operation of the owner, and lets the host read the DID again', async () => {
  const { service } = harness.accounts
  const handle = host.accounts.get(did)
  const { signUpdate } = extensionOf(harness.accounts)
  const [{ operation: head } = { operation: {} }] = directory.logs.get(did) ?? []
  const recommended = await service.recommendCredentials(did)
  expect(recommended.services).toMatchObject({ atproto_pds: { endpoint: host.url } })
  const operation = JSON.parse(
    await signUpdate(head, () => ({ alsoKnownAs: [`at://${handle}`, 'at://alias.example'] })),
  )
  await service.submitOperation(did, operation)
  expect(directory.logs.get(did)).toHaveLength(2)
  expect(received()).toEqual([handle])
})
