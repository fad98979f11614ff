import type { ServiceContext, Tx } from '../context.ts'
import { AccountNotFound, InvalidOperation } from '../errors.ts'
import { changeLocally } from '../identity/change-locally.ts'
import type { DidData } from '../identity/operation.ts'
import { publishNow } from '../identity/publish-now.ts'
import { reserveUpdate } from '../identity/reserve-update.ts'
import type { UpdateRules } from '../identity/update-saga.ts'
import { sealReserved } from './reserve-key.ts'
import { generateSealedKey } from './sealed-keys.ts'
import { followKey, storeWaitingKey } from './signing-keys.ts'

/**
 * Gives an account a new signing key: stored first, then put into the DID, then used. Gives an
 * imported account its first key.
 *
 * @returns the public key as `did:key`.
 * @throws {AccountNotFound} @throws {IdentityRefused} @throws {TemporarilyUnavailable}
 */
export async function replaceSigningKey(context: ServiceContext, did: string): Promise<string> {
  const key = await generateSealedKey(context, did)
  const { publicKey } = key
  await putIntoDid(context, { did, publicKey }, async (tx, at) => {
    await storeWaitingKey(tx, { did, ...key, at })
  })
  return publicKey
}

/**
 * Like {@link replaceSigningKey}, with a given key: one reserved here, or a known key of the
 * account.
 *
 * @throws {InvalidOperation} if the service does not have the private key. @throws as {@link
 * replaceSigningKey}.
 */
export async function setSigningKey(
  context: ServiceContext,
  { did, publicKey }: { readonly did: string; readonly publicKey: string },
): Promise<void> {
  await putIntoDid(context, { did, publicKey }, async (tx, at) => {
    if ((await tx.signingKeys.findPublicKeys(did)).includes(publicKey)) return
    const reserved = await tx.signingKeys.takeReservedKey({ did, publicKey, now: at })
    if (reserved === undefined) {
      throw new InvalidOperation('The key is neither reserved here nor one of the account')
    }
    await storeWaitingKey(tx, { did, at, ...sealReserved(context, reserved, did) })
  })
}

async function putIntoDid(
  context: ServiceContext,
  { did, publicKey }: { readonly did: string; readonly publicKey: string },
  prepare: (tx: Tx, at: Date) => Promise<void>,
): Promise<void> {
  const { store, clock, identity } = context
  const claim = await store.transaction(async (tx) => {
    if ((await tx.accounts.lockForChange(did)) === undefined) {
      throw new AccountNotFound('There is no active account with this DID')
    }
    const at = clock.now()
    await prepare(tx, at)
    if (identity.updates !== undefined) {
      return await reserveUpdate(context, tx, { did, kind: 'signing-key', subject: publicKey })
    }
    await changeLocally(context, tx, { did, change: (data) => withKey(data, publicKey) })
    await followKey(tx, { did, publicKey, at })
    await tx.audit.append({ event: 'signing-key.replaced', actor: 'admin', did, at })
    return undefined
  })
  if (claim !== undefined) await publishNow(context, keyReplacement, claim)
}

/** Changes the signing key in a DID. The account follows when the log is mirrored. */
export const keyReplacement: UpdateRules = {
  isIn: ({ verificationMethods }, key) => verificationMethods.atproto === key,
  change: withKey,
  isOverWhenRefused: true,
  finish: async (_, tx, { did, subject: publicKey, finding, at }) => {
    if (finding === 'done' || finding === 'changed-elsewhere') {
      await tx.audit.append({ event: 'signing-key.replaced', actor: 'admin', did, at })
    } else await tx.signingKeys.deleteWaiting({ did, publicKey })
  },
}

function withKey(
  { verificationMethods }: DidData,
  key: string,
): Pick<DidData, 'verificationMethods'> {
  return { verificationMethods: { ...verificationMethods, atproto: key } }
}
