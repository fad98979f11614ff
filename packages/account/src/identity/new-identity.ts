import { later, type ServiceContext, type Tx } from '../context.ts'
import { seal } from '../crypto/seal.ts'
import { storeSigningKey } from '../keys/signing-keys.ts'
import { generateSigningKey, signGenesis } from './genesis.ts'
import type { SignedGenesis } from './identity.ts'
import { publicationLease } from './publication.ts'

/** A DID before publication, with its signing key. */
export interface NewIdentity extends SignedGenesis {
  /** The signing key as `did:key`. */
  readonly publicKey: string
  readonly privateKeySealed: Uint8Array
}

/** Signs the genesis operation of a DID. The owner's recovery key is its first rotation key. */
export async function createIdentity(
  { policy, secrets, random }: ServiceContext,
  { handle, recoveryKey }: { readonly handle: string; readonly recoveryKey: string | null },
): Promise<NewIdentity> {
  const signingKey = await generateSigningKey(random)
  const genesis = await signGenesis({
    handle,
    signingKey: signingKey.publicKey,
    rotationKeys: [recoveryKey, policy.recoveryDidKey, secrets.plcRotationKey.did()].filter(
      (key) => typeof key === 'string',
    ),
    endpoint: policy.publicUrl,
    signer: secrets.plcRotationKey,
  })
  return {
    ...genesis,
    publicKey: signingKey.publicKey,
    privateKeySealed: seal(secrets.keyEncryptionKey, signingKey.privateKey, genesis.did),
  }
}

/** Stores an identity. The caller publishes it; once the lease ends, any process may. */
export async function storeIdentity(
  { policy }: ServiceContext,
  tx: Tx,
  { identity, at }: { readonly identity: NewIdentity; readonly at: Date },
): Promise<void> {
  await storeSigningKey(tx, { ...identity, at })
  await tx.dids.insert({
    ...identity,
    nextAttemptAt: later(at, publicationLease(policy)),
  })
  await tx.didLogs.replace(identity.did, [{ operation: identity.operation, isNullified: false }])
}
