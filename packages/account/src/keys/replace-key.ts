import type { ServiceContext } from '../context.ts'
import { AccountNotFound } from '../errors.ts'
import { changeLocally } from '../identity/change-locally.ts'
import type { DidData } from '../identity/operation.ts'
import { publishNow } from '../identity/publish-now.ts'
import { reserveUpdate } from '../identity/reserve-update.ts'
import type { UpdateRules } from '../identity/update-saga.ts'
import { generateSealedKey } from './sealed-keys.ts'
import { followKey } from './signing-keys.ts'

/**
 * Gives an account another signing key: kept first, then put into the DID, and used from then on. An account that was imported gets
 * its first one.
 *
 * @returns the public key as `did:key`.
 * @throws {AccountNotFound} @throws {IdentityRefused} @throws {TemporarilyUnavailable}
 */
export async function replaceSigningKey(context: ServiceContext, did: string): Promise<string> {
  const { store, clock, identity } = context
  const key = await generateSealedKey(context, did)
  const { publicKey } = key
  const claim = await store.transaction(async (tx) => {
    if ((await tx.accounts.lockForChange(did)) === undefined) {
      throw new AccountNotFound('There is no such active account')
    }
    const at = clock.now()
    await tx.signingKeys.insert({ did, ...key, at, isCurrent: false })
    if (identity.updates !== undefined) {
      return await reserveUpdate(context, tx, { did, kind: 'signing-key', subject: publicKey })
    }
    await changeLocally(context, tx, { did, change: (data) => withKey(data, publicKey) })
    await followKey(tx, { did, publicKey, at })
    await tx.audit.append({ event: 'signing-key.replaced', actor: 'admin', did, at })
    return undefined
  })
  if (claim !== undefined) await publishNow(context, keyReplacement, claim)
  return publicKey
}

/** Puts another signing key into a DID. The account follows with the log. */
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
