import { Secp256k1Keypair, verifySignature } from '@atproto/crypto'
import { createUpdateOp, type Operation } from '@did-plc/lib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import {
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { IdentityRefused, InvalidOperation, TemporarilyUnavailable } from '../errors.ts'
import { createPlcIdentity } from '../identity/plc-identity.ts'

const HOUR = 60 * 60
const owner = await Secp256k1Keypair.create()

describe('the replacement of a signing key', () => {
  let database: TestDatabase
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  let harness: AccountHarness

  beforeAll(async () => {
    database = await openAccountDatabase()
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
    const identity = createPlcIdentity({ url: proxy.url, retryPauseMs: 5 })
    harness = await openAccountHarness(database.db, { identity })
  })
  afterEach(() => proxy.fail('pass'))
  afterAll(async () => {
    await harness.close()
    await proxy.close()
    await directory.close()
    await database.close()
  })

  const create = async (name: string, recoveryKey?: string) => {
    const { did } = await harness.accounts.service.create(
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
  const log = async (did: string) => (await directory.log(did)) as readonly Operation[]
  const published = async (did: string) => (await log(did)).at(-1)?.verificationMethods.atproto
  const runLater = async () => {
    harness.clock.advance(2 * HOUR)
    await harness.accounts.runDueJobs()
  }

  it('puts the new one into the DID before using it', async () => {
    const { keys, operator } = harness.accounts
    const did = await create('alice')
    const former = await keys.publicKey(did)
    proxy.fail(['drop-before'], (request) => request.startsWith('POST'))
    await expect(operator.replaceSigningKey(did)).rejects.toThrow(TemporarilyUnavailable)
    expect(await keys.publicKey(did)).toBe(former)
    proxy.fail('pass')
    await runLater()
    const next = await keys.publicKey(did)
    expect(next).not.toBe(former)
    expect(await published(did)).toBe(next)
    expect(await log(did)).toHaveLength(2)
    const bytes = new Uint8Array(5)
    expect(await verifySignature(next, bytes, await keys.sign(did, bytes))).toBe(true)
  })

  it('accepts a reserved key and returns to a former one', async () => {
    const { keys, operator, service } = harness.accounts
    const did = await create('dora')
    const former = await keys.publicKey(did)
    const reserved = await service.reserveSigningKey(undefined, 'unlimited')
    const forAnother = await service.reserveSigningKey('did:web:elsewhere.test', 'unlimited')
    for (const key of [owner.did(), forAnother]) {
      await expect(operator.replaceSigningKey(did, key)).rejects.toThrow(InvalidOperation)
    }
    for (const key of [reserved, former]) {
      expect(await operator.replaceSigningKey(did, key)).toBe(key)
      expect([await published(did), await keys.publicKey(did)]).toEqual([key, key])
      const bytes = new Uint8Array(5)
      expect(await verifySignature(key, bytes, await keys.sign(did, bytes))).toBe(true)
    }
  })

  it('is dropped when the directory refuses', async () => {
    const { keys, operator } = harness.accounts
    const did = await create('bob')
    const former = await keys.publicKey(did)
    proxy.fail({ status: 400, body: '{"message":"Invalid operation"}' }, (request) =>
      request.startsWith('POST'),
    )
    await expect(operator.replaceSigningKey(did)).rejects.toThrow(IdentityRefused)
    expect(await keys.verificationKeys(did)).toEqual([former])
  })

  it('is undone with the DID when its owner objects', async () => {
    const { keys, operator, service } = harness.accounts
    const did = await create('carol', owner.did())
    const former = await keys.publicKey(did)
    await operator.replaceSigningKey(did)
    const [first] = await log(did)
    if (first === undefined) throw new Error('not published')
    await fetch(`${directory.url}/${did}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(await createUpdateOp(first, owner, (now) => now)),
    })
    // Any change to the account reads the log.
    await service.changeHandle({ did, handle: 'carol-2.test' }, 'unlimited')
    expect(await keys.publicKey(did)).toBe(former)
    expect(await published(did)).toBe(former)
  })
})
