import { later, type ServiceContext, type Tx } from '../context.ts'
import { OBJECTION_SECONDS } from '../identity/recovery-key-notice.ts'
import type { SealedKey } from './signing-key-store.ts'

export type { SealedKey } from './signing-key-store.ts'

/**
 * How long a former key is kept: tokens signed with it are valid for up to an hour, and a key of
 * higher rank may restore it for 72 hours.
 */
const FORMER_KEY_SECONDS = OBJECTION_SECONDS + 60 * 60

/** Stores the first key of a DID at this service. */
export async function storeSigningKey(
  tx: Tx,
  { did, publicKey, privateKeySealed, at }: SealedKey & { readonly at: Date },
): Promise<void> {
  await tx.signingKeys.insert({ did, publicKey, privateKeySealed, at, isCurrent: true })
}

/** Stores a key that the DID does not name yet. */
export async function storeWaitingKey(
  tx: Tx,
  { did, publicKey, privateKeySealed, at }: SealedKey & { readonly at: Date },
): Promise<void> {
  await tx.signingKeys.insert({ did, publicKey, privateKeySealed, at, isCurrent: false })
}

/** Makes the key in a DID the signing key of its account, if it is one of ours. */
export async function followKey(
  tx: Tx,
  { did, publicKey, at }: { readonly did: string; readonly publicKey: string; readonly at: Date },
): Promise<void> {
  await tx.signingKeys.makeCurrent({ did, publicKey, at })
}

/** Every key that tokens of an account may be signed with: the present one and former ones. */
export async function findVerificationKeys(
  { store }: ServiceContext,
  did: string,
): Promise<readonly string[]> {
  return await store.signingKeys.findPublicKeys(did)
}

/** Deletes former keys and unused reserved ones. */
export async function removeOldKeys(
  { store }: { readonly store: Pick<Tx, 'signingKeys'> },
  now: Date,
  limit: number,
): Promise<void> {
  const retiredBefore = later(now, -FORMER_KEY_SECONDS)
  await store.signingKeys.deleteOld({ now, retiredBefore, limit })
}
