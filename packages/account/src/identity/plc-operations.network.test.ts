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
} from '@lexwright/testing/accounts/account-harness'
import {
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { IdentityRefused, InvalidOperation, TemporarilyUnavailable } from '../errors.ts'
import { createPlcIdentity } from './plc-identity.ts'

const owner = await Secp256k1Keypair.create()
const other = await Secp256k1Keypair.create()

describe('operations of an owner', () => {
  let database: TestDatabase
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  let harness: AccountHarness

  beforeAll(async () => {
    database = await openAccountDatabase()
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
    harness = await openAccountHarness(database.db, {
      identity: createPlcIdentity({ url: proxy.url, retryPauseMs: 5 }),
    })
  })
  afterEach(() => proxy.fail('pass'))
  afterAll(async () => {
    await harness.close()
    await proxy.close()
    await directory.close()
    await database.close()
  })

  const create = async (name: string) => {
    const { did } = await harness.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
        recoveryKey: owner.did(),
      },
      'unlimited',
    )
    return did
  }
  const log = async (did: string) => (await directory.log(did)) as readonly Operation[]
  const update = async (did: string, changes: Partial<Operation>, signer = owner) => {
    const head = (await log(did)).at(-1)
    if (head === undefined) throw new Error('not published')
    return await createUpdateOp(head, signer, (now) => ({ ...now, ...changes }))
  }
  const submit = (did: string, operation: Readonly<Record<string, unknown>>) =>
    harness.accounts.service.submitOperation(did, operation)

  it('are published and followed', async () => {
    const did = await create('alice')
    const wanted = await harness.accounts.service.recommendCredentials(did)
    expect(await log(did)).toMatchObject([
      {
        alsoKnownAs: wanted.alsoKnownAs,
        verificationMethods: wanted.verificationMethods,
        services: wanted.services,
      },
    ])
    const rotationKeys = [other.did(), ...wanted.rotationKeys]
    await submit(did, await update(did, { rotationKeys }))
    expect((await log(did)).at(-1)).toMatchObject({ rotationKeys })
    expect((await harness.accounts.service.get(did)).recoveryKey).toBe(other.did())
    const { kind } = (await harness.accounts.changes.read()).at(-1) ?? {}
    expect(kind).toBe('identity-changed')
  })

  it('are refused if the account cannot work with them', async () => {
    const did = await create('bob')
    const [first] = await log(did)
    const pds = first?.services.atproto_pds
    const cases: readonly (readonly [Partial<Operation>, string])[] = [
      [{ rotationKeys: [owner.did()] }, "Rotation keys do not include server's rotation key"],
      [{ services: {} }, 'Incorrect type on atproto_pds service'],
      [
        { services: { atproto_pds: { type: pds?.type ?? '', endpoint: 'https://other.test' } } },
        'Incorrect endpoint on atproto_pds service',
      ],
      [{ verificationMethods: { atproto: other.did() } }, 'Incorrect signing key'],
      [{ alsoKnownAs: ['at://eve.test'] }, 'Incorrect handle in alsoKnownAs'],
    ]
    for (const [changes, text] of cases) {
      await expect(submit(did, await update(did, changes))).rejects.toThrow(text)
    }
    await expect(submit(did, { type: 'plc_operation' })).rejects.toThrow(InvalidOperation)
    expect(await log(did)).toHaveLength(1)
  })

  it('are refused when the directory refuses them, and leave nothing pending', async () => {
    const did = await create('carol')
    const stranger = await Secp256k1Keypair.create()
    await expect(submit(did, await update(did, {}, stranger))).rejects.toThrow(IdentityRefused)
    await submit(did, await update(did, {}))
  })

  it('succeed if only the answer of the directory is lost', async () => {
    const did = await create('dave')
    const { rotationKeys } = await harness.accounts.service.recommendCredentials(did)
    const operation = await update(did, { rotationKeys: [...rotationKeys] })
    proxy.fail(['drop-before'], (request) => request.startsWith('POST'))
    await expect(submit(did, operation)).rejects.toThrow(TemporarilyUnavailable)
    expect((await harness.accounts.service.get(did)).recoveryKey).not.toBeNull()
    proxy.fail(['drop-after'], (request) => request.startsWith('POST'))
    await submit(did, operation)
    expect((await harness.accounts.service.get(did)).recoveryKey).toBeNull()
  })
})
