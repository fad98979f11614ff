import { later, type ServiceContext, type Tx } from '../context.ts'
import { seal } from '../crypto/seal.ts'
import type { Caller } from '../limits/caller.ts'
import { generateSealedKey, openKey } from './sealed-keys.ts'

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

/** Makes a reserved key the signing key of an account; false if there is no such key any more. */
export async function takeReservedKey(
  context: ServiceContext,
  tx: Tx,
  { did, publicKey, at }: { readonly did: string; readonly publicKey: string; readonly at: Date },
): Promise<boolean> {
  const reserved = await tx.signingKeys.takeReserved(publicKey, at)
  if (reserved === undefined) return false
  const privateKey = openKey(context, reserved.privateKeySealed, publicKey)
  const privateKeySealed = seal(context.secrets.keyEncryptionKey, privateKey, did)
  await tx.signingKeys.insert({ did, publicKey, privateKeySealed, at, isCurrent: true })
  return true
}
