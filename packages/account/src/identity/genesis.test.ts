import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { assureValidCreationOp, didForCreateOp, type Operation } from '@did-plc/lib'
import { describe, expect, it } from '@jest/globals'
import { systemRandom } from '../crypto/random.ts'
import { generateSigningKey, signGenesis } from './genesis.ts'

const rotation = await Secp256k1Keypair.create()
const recovery = await P256Keypair.create()
const signing = await generateSigningKey(systemRandom)
const options = {
  handle: 'alice.test',
  signingKey: signing.publicKey,
  rotationKeys: [recovery.did(), rotation.did()],
  endpoint: 'https://pds.test',
  signer: rotation,
}

describe('signGenesis', () => {
  it('creates an operation that the did:plc rules accept for this DID', async () => {
    const { did, operation } = await signGenesis(options)
    const op: Operation = JSON.parse(operation)
    expect(await didForCreateOp(op)).toBe(did)
    expect(await assureValidCreationOp(did, op)).toEqual({
      did,
      rotationKeys: [recovery.did(), rotation.did()],
      verificationMethods: { atproto: signing.publicKey },
      alsoKnownAs: ['at://alice.test'],
      services: {
        atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: 'https://pds.test' },
      },
    })
  })

  it('gives another DID after any change, and refuses another signature', async () => {
    const { did, operation } = await signGenesis(options)
    const op: Operation = JSON.parse(operation)
    const forged = { ...op, alsoKnownAs: ['at://eve.test'] }
    expect(await didForCreateOp(forged)).not.toBe(did)
    await expect(assureValidCreationOp(await didForCreateOp(forged), forged)).rejects.toThrow()
  })

  it('is deterministic for the same keys and handle', async () => {
    expect(await signGenesis(options)).toEqual(await signGenesis(options))
  })

  it("names a key once, when the owner's recovery key is the service's", async () => {
    const { operation } = await signGenesis({
      ...options,
      rotationKeys: [rotation.did(), rotation.did()],
    })
    expect(JSON.parse(operation)).toMatchObject({ rotationKeys: [rotation.did()] })
  })
})

describe('generateSigningKey', () => {
  it('is a matching key pair that differs each time', async () => {
    const keypair = await Secp256k1Keypair.import(signing.privateKey)
    expect(keypair.did()).toBe(signing.publicKey)
    expect((await generateSigningKey(systemRandom)).publicKey).not.toBe(signing.publicKey)
  })
})
