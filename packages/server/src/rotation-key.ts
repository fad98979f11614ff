import { createECDH } from 'node:crypto'
import { formatDidKey, type Keypair, SECP256K1_JWT_ALG, Secp256k1Keypair } from '@atproto/crypto'

/**
 * A secp256k1 key that signs DID operations. Node computes its public key, which every sign-up
 * needs. The signing library takes a tenth of the startup time to initialize, so it is loaded with
 * the first signature.
 *
 * @param privateKey 32 bytes in hexadecimal.
 */
export function createRotationKey(privateKey: string): Keypair {
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(privateKey, 'hex')
  const did = formatDidKey(SECP256K1_JWT_ALG, ecdh.getPublicKey(null, 'compressed'))
  let keypair: Promise<Keypair> | undefined
  return {
    jwtAlg: SECP256K1_JWT_ALG,
    did: () => did,
    sign: async (message) => {
      keypair ??= Secp256k1Keypair.import(privateKey)
      return await (await keypair).sign(message)
    },
  }
}
