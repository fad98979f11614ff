import { randomBytes } from 'node:crypto'
import { Secp256k1Keypair, verifySignature } from '@atproto/crypto'
import { expect, it } from '@jest/globals'
import { createRotationKey } from './rotation-key.ts'

it('has the DID and signatures of the library', async () => {
  for (let n = 0; n < 50; n++) {
    const privateKey = randomBytes(32).toString('hex')
    const key = createRotationKey(privateKey)
    const keypair = await Secp256k1Keypair.import(privateKey)
    const message = randomBytes(n)
    expect([key.jwtAlg, key.did()]).toEqual([keypair.jwtAlg, keypair.did()])
    expect(await key.sign(message)).toEqual(await keypair.sign(message))
    expect(await verifySignature(key.did(), message, await key.sign(message))).toBe(true)
  }
})

it.each(['', '00'.repeat(32), 'ff'.repeat(32)])('refuses an invalid key: %j', (privateKey) => {
  expect(() => createRotationKey(privateKey)).toThrow()
})
