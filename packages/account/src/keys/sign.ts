import type { Secp256k1Keypair } from '@atproto/crypto'
import type { ServiceContext } from '../context.ts'
import { AccountNotFound } from '../errors.ts'
import { openKeypair } from './sealed-keys.ts'

/**
 * Signs as repositories are signed: ECDSA over SHA-256, compact and low-S
 * (https://atproto.com/specs/cryptography).
 *
 * @throws {AccountNotFound} if the service has no key of the account.
 */
export async function sign(
  context: ServiceContext,
  did: string,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const keypair = await findKeypair(context, did)
  return await keypair.sign(bytes)
}

/** The signing key of an account as `did:key`. */
export async function findPublicKey({ store }: ServiceContext, did: string): Promise<string> {
  const key = await store.signingKeys.findCurrent(did)
  if (key === undefined) throw noKey()
  return key.publicKey
}

export async function findKeypair(context: ServiceContext, did: string): Promise<Secp256k1Keypair> {
  const key = await context.store.signingKeys.findCurrent(did)
  if (key === undefined) throw noKey()
  return await openKeypair(context, key.privateKeySealed, did)
}

function noKey(): AccountNotFound {
  return new AccountNotFound('The account has no signing key here')
}
