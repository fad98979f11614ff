import { type Keypair, Secp256k1Keypair } from '@atproto/crypto'
import type { RandomBytes } from '../crypto/random.ts'
import type { SignedGenesis } from './identity.ts'

export interface GenesisOptions {
  readonly handle: string
  /** The account's signing key, as `did:key`. */
  readonly signingKey: string
  /** Public keys allowed to change the DID, highest rank first, as `did:key`. */
  readonly rotationKeys: readonly string[]
  /** The service's public URL, where the account is hosted. */
  readonly endpoint: string
  /** Private key of one of the rotation keys. */
  readonly signer: Keypair
}

/**
 * Creates a `did:plc` and its signed genesis operation without publishing it. The DID is the hash
 * of the signed operation.
 *
 * https://web.plc.directory/spec/v0.1/did-plc
 */
export async function signGenesis(options: GenesisOptions): Promise<SignedGenesis> {
  // Large, and not needed before the first sign-up.
  const { createOp } = await import('@did-plc/lib')
  const { did, op } = await createOp({
    handle: options.handle,
    signingKey: options.signingKey,
    rotationKeys: [...new Set(options.rotationKeys)],
    pds: options.endpoint,
    signer: options.signer,
  })
  return { did, operation: JSON.stringify(op) }
}

export interface SigningKey {
  /** As `did:key`. */
  readonly publicKey: string
  readonly privateKey: Uint8Array
}

/** Generates a key for an account's repository. */
export async function generateSigningKey(random: RandomBytes): Promise<SigningKey> {
  const privateKey = random(32)
  const keypair = await Secp256k1Keypair.import(privateKey)
  return { publicKey: keypair.did(), privateKey }
}
