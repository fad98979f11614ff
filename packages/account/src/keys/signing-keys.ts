import { later, type ServiceContext, type Tx } from '../context.ts'
import { OBJECTION_SECONDS } from '../identity/recovery-key-notice.ts'
import type { SealedKey } from './signing-key-store.ts'

/**
 * How long a former key is remembered: tokens signed with it may arrive for an hour, and for 72 hours a key of higher rank may bring
 * it back.
 */
const FORMER_KEY_SECONDS = OBJECTION_SECONDS + 60 * 60

/** Stores the key that a DID begins with here. */
export async function storeSigningKey(
  tx: Tx,
  { did, publicKey, privateKeySealed, at }: SealedKey & { readonly at: Date },
): Promise<void> {
  await tx.signingKeys.insert({ did, publicKey, privateKeySealed, at, isCurrent: true })
}

/** Stores a key that a DID is to name. */
export async function storeWaitingKey(
  tx: Tx,
  { did, publicKey, privateKeySealed, at }: SealedKey & { readonly at: Date },
): Promise<void> {
  await tx.signingKeys.insert({ did, publicKey, privateKeySealed, at, isCurrent: false })
}

/** Makes the key that a DID names the signing key of its account, if it is one of ours. */
export async function followKey(
  tx: Tx,
  { did, publicKey, at }: { readonly did: string; readonly publicKey: string; readonly at: Date },
): Promise<void> {
  await tx.signingKeys.makeCurrent({ did, publicKey, at })
}

/** Every key that tokens of an account may be signed with: its present one, and former ones. */
export async function findVerificationKeys(
  { store }: ServiceContext,
  did: string,
): Promise<readonly string[]> {
  return await store.signingKeys.findPublicKeys(did)
}

/** Forgets former keys, and reserved ones that nobody used. */
export async function removeOldKeys(
  { store }: { readonly store: Pick<Tx, 'signingKeys'> },
  now: Date,
): Promise<void> {
  await store.signingKeys.deleteOld({ now, retiredBefore: later(now, -FORMER_KEY_SECONDS) })
}
