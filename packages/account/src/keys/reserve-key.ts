import { later, type ServiceContext, type Tx } from '../context.ts'
import { seal } from '../crypto/seal.ts'
import type { Caller } from '../limits/caller.ts'
import { generateSealedKey, openKey } from './sealed-keys.ts'
import type { ReservedKey } from './signing-key-store.ts'
import { followKey, storeSigningKey } from './signing-keys.ts'

/**
 * Reserves a signing key for a future account, to be named in its DID in advance. Repeating the
 * call for a DID returns the same key. Expires unless used.
 *
 * @returns the public key as `did:key`.
 */
export async function reserveSigningKey(
  context: ServiceContext,
  did: string | undefined,
  caller: Caller,
): Promise<string> {
  const { store, clock, policy, budgets } = context
  await budgets.spend(caller, (key) => [{ limit: 'reserveKey', of: [key] }])
  const now = clock.now()
  return await store.signingKeys.reserve({
    ...(await generateSealedKey(context, null)),
    did: did ?? null,
    now,
    expiresAt: later(now, policy.reservedKeyTtl),
  })
}

/**
 * The first signing key of an account moving in: the one reserved for its DID, an earlier one, or a
 * new one.
 */
export async function giveFirstKey(
  context: ServiceContext,
  tx: Tx,
  { did, at }: { readonly did: string; readonly at: Date },
): Promise<void> {
  const reserved = await tx.signingKeys.takeReserved(did, at)
  if (reserved === undefined) {
    if ((await tx.signingKeys.findCurrent(did)) !== undefined) return
    await storeSigningKey(tx, { did, at, ...(await generateSealedKey(context, did)) })
    return
  }
  const sealed = sealReserved(context, reserved, did)
  await tx.signingKeys.insert({ did, at, ...sealed, isCurrent: false })
  await followKey(tx, { did, publicKey: sealed.publicKey, at })
}

/** Seals a reserved key for the account that receives it. */
export function sealReserved(
  context: ServiceContext,
  { publicKey, privateKeySealed }: ReservedKey,
  did: string,
): ReservedKey {
  const privateKey = openKey(context, privateKeySealed, publicKey)
  return {
    publicKey,
    privateKeySealed: seal(context.secrets.keyEncryptionKey, privateKey, did),
  }
}
