import { Secp256k1Keypair } from '@atproto/crypto'
import type { ServiceContext } from '../context.ts'
import { open, SealError, seal } from '../crypto/seal.ts'
import { generateSigningKey } from '../identity/genesis.ts'

/** Generates a key, sealed for its DID, or for its own public key if it has none yet. */
export async function generateSealedKey(
  { random, secrets }: Pick<ServiceContext, 'random' | 'secrets'>,
  owner: string | null,
): Promise<{ readonly publicKey: string; readonly privateKeySealed: Uint8Array }> {
  const { publicKey, privateKey } = await generateSigningKey(random)
  const privateKeySealed = seal(secrets.keyEncryptionKey, privateKey, owner ?? publicKey)
  return { publicKey, privateKeySealed }
}

/**
 * Opens a sealed key with the present or a former key encryption key.
 *
 * @throws {SealError} if none fits.
 */
export function openKey(
  { secrets }: Pick<ServiceContext, 'secrets'>,
  sealed: Uint8Array,
  owner: string,
): Uint8Array {
  const { keyEncryptionKey, previousKeyEncryptionKeys = [] } = secrets
  const opened = [keyEncryptionKey, ...previousKeyEncryptionKeys]
    .map((key) => tryOpen(key, sealed, owner))
    .find((each) => each !== undefined)
  if (opened === undefined)
    throw new SealError(
      `the key or password sealed for ${owner} cannot be decrypted with any configured key`,
    )
  return opened
}

export function tryOpen(
  key: Uint8Array,
  sealed: Uint8Array,
  owner: string,
): Uint8Array | undefined {
  try {
    return open(key, sealed, owner)
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}

export async function openKeypair(
  context: Pick<ServiceContext, 'secrets'>,
  sealed: Uint8Array,
  owner: string,
): Promise<Secp256k1Keypair> {
  return await Secp256k1Keypair.import(openKey(context, sealed, owner))
}
