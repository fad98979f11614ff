import { later, type ServiceContext, type Tx } from '../context.ts'
import { seal } from '../crypto/seal.ts'
import type { Caller } from '../limits/caller.ts'
import { generateSealedKey, openKey } from './sealed-keys.ts'
import type { ReservedKey } from './signing-key-store.ts'
import { followKey, storeSigningKey } from './signing-keys.ts'

/**
 * Keeps a signing key for an account that is to come, which its DID may name before; the same one as long as a DID asks for
 * it. It expires unused.
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

/** Gives an account that arrives its signing key: the one that is reserved for its DID, one it had here before, or a fresh one. */
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

/** Seals a key that was reserved for the account that gets it. */
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
