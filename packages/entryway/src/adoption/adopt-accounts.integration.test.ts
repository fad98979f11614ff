import { Secp256k1Keypair } from '@atproto/crypto'
import { createOp } from '@did-plc/lib'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { readOperation } from '@lexwright/account/extension'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { createEntryway, type Entryway } from '../create-entryway.ts'
import { createStandInDirectory } from '../testing/stand-in-directory.ts'
import { openStandInHost, type StandInHost } from '../testing/stand-in-host.ts'
import { emptyRepository } from '../testing/stand-in-repositories.ts'

/** A hash that no password matches. */
const passwordHash = `${'00'.repeat(16)}:${'00'.repeat(64)}`

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let host: StandInHost
let own: Secp256k1Keypair
let former: Secp256k1Keypair
const directory = createStandInDirectory()

beforeAll(async () => {
  database = await openAccountDatabase()
  const { secrets } = await testModuleOptions()
  own = await Secp256k1Keypair.create()
  former = await Secp256k1Keypair.create()
  harness = await openAccountHarness(database.db, {
    identity: directory,
    secrets: { ...secrets, plcRotationKey: own },
  })
  entryway = createEntryway({ accounts: harness.accounts })
  await entryway.migrate()
  host = await openStandInHost('host', directory)
  const { url, adminPassword } = host
  await entryway.operator.addHost({ url, adminPassword })
})
afterAll(async () => {
  await host.close()
  await entryway.stop()
  await harness.close()
  await database.close()
})

let count = 0
/** Creates an account at the host as before the entryway; returns its import line. */
async function createLine(signer: Secp256k1Keypair, pds = host.url) {
  const handle = `adopted-${++count}.test`
  const key = await Secp256k1Keypair.create()
  const { did, op } = await createOp({
    handle,
    pds,
    signer,
    signingKey: key.did(),
    rotationKeys: [signer.did()],
  })
  await directory.updates.send(
    { did, operation: JSON.stringify(op) },
    { signal: AbortSignal.timeout(1000) },
  )
  host.accounts.set(did, handle)
  host.repositories.set(did, emptyRepository(did))
  const line = JSON.stringify({ did, handle, email: `${handle}@example.com`, passwordHash })
  return { did, key, line }
}

function rotationKeysOf(did: string): readonly string[] | undefined {
  return readOperation(directory.logs.get(did)?.at(-1)?.operation ?? {})?.rotationKeys
}

it('places accounts at their host, and takes over the rotation key of the PDS', async () => {
  const adopted = [await createLine(own), await createLine(former)]
  const lines = adopted.map(({ line }) => line)
  const options = { host: host.did, rotationKey: former }
  const placed = { imported: 2, present: 0, refused: 0, placed: 2, misplaced: [] }
  expect(await entryway.adoptAccounts(lines, options)).toMatchObject(placed)
  for (const { did } of adopted) {
    expect(await entryway.hosts.byAccount(did)).toMatchObject({ did: host.did })
    expect(rotationKeysOf(did)).toEqual([own.did()])
    expect(await harness.accounts.service.resolveDid(did)).toMatchObject({ id: did })
  }
  const again = { imported: 0, present: 2, placed: 2, misplaced: [] }
  expect(await entryway.adoptAccounts(lines, options)).toMatchObject(again)
})

it('says which accounts it cannot place or change', async () => {
  const elsewhere = await createLine(own, 'https://elsewhere.test')
  const locked = await createLine(former)
  const unknown = JSON.stringify({
    did: `did:plc:${'a'.repeat(24)}`,
    handle: 'unknown.test',
    email: 'unknown@example.com',
    passwordHash,
  })
  const lines = [elsewhere.line, locked.line, unknown, 'no line']
  const report = await entryway.adoptAccounts(lines, { host: host.did })
  expect(report).toMatchObject({ imported: 3, refused: 1, placed: 0 })
  expect(report.misplaced.map(({ reason }) => reason)).toEqual([
    'The DID points to https://elsewhere.test',
    expect.stringContaining('no rotation key of this service'),
    'The directory does not have the DID',
  ])
})

it('takes over that accounts are deactivated or taken down', async () => {
  const [deactivated, disabled] = [await createLine(own), await createLine(own)]
  host.repositories.set(deactivated.did, { ...emptyRepository(''), isActive: false })
  host.repositories.set(disabled.did, { ...emptyRepository(''), isTakenDown: true })
  await entryway.adoptAccounts([deactivated.line, disabled.line], { host: host.did })
  for (const [{ did }, status] of [
    [deactivated, 'deactivated'],
    [disabled, 'disabled'],
  ] as const) {
    expect(await harness.accounts.operator.showAccount(did)).toMatchObject({ status })
  }
})

it('refuses a host that is none', async () => {
  await expect(entryway.adoptAccounts([], { host: 'did:web:nowhere.test' })).rejects.toMatchObject({
    code: 'host-unknown',
  })
})
