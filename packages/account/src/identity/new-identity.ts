import { later, type ServiceContext, type Tx } from '../context.ts'
import { seal } from '../crypto/seal.ts'
import { type SealedKey, storeSigningKey } from '../keys/signing-keys.ts'
import { generateSigningKey, signGenesis } from './genesis.ts'
import type { SignedGenesis } from './identity.ts'
import { publicationLease } from './publication.ts'
import type { RepositoryPlace } from './repositories.ts'

/** A DID before publication, with its signing key. */
export interface NewIdentity extends SignedGenesis {
  /** Undefined if the repository, and so the key, is elsewhere. */
  readonly signingKey: SealedKey | undefined
  readonly place: RepositoryPlace | undefined
}

/** Signs the genesis operation of a DID. The owner's recovery key is its first rotation key. */
export async function createIdentity(
  { policy, secrets, random, identity }: ServiceContext,
  { handle, recoveryKey }: { readonly handle: string; readonly recoveryKey: string | null },
): Promise<NewIdentity> {
  const place = await identity.repositories?.findPlace({ handle })
  const key = place === undefined ? await generateSigningKey(random) : undefined
  const genesis = await signGenesis({
    handle,
    signingKey: place?.signingKey ?? key?.publicKey ?? '',
    rotationKeys: [recoveryKey, policy.recoveryDidKey, secrets.plcRotationKey.did()].filter(
      (key) => typeof key === 'string',
    ),
    endpoint: place?.endpoint ?? policy.publicUrl,
    signer: secrets.plcRotationKey,
  })
  return {
    ...genesis,
    place,
    signingKey: key && {
      did: genesis.did,
      publicKey: key.publicKey,
      privateKeySealed: seal(secrets.keyEncryptionKey, key.privateKey, genesis.did),
    },
  }
}

/** Stores an identity. The caller publishes it; once the lease ends, any process may. */
export async function storeIdentity(
  { policy }: ServiceContext,
  tx: Tx,
  { identity, at }: { readonly identity: NewIdentity; readonly at: Date },
): Promise<void> {
  const { did, operation, signingKey, place } = identity
  if (signingKey !== undefined) await storeSigningKey(tx, { ...signingKey, at })
  await place?.keep(tx.queries, { did, operation })
  await tx.dids.insert({
    did,
    operation,
    nextAttemptAt: later(at, publicationLease(policy)),
  })
  await tx.didLogs.replace(did, [{ operation, isNullified: false }])
}
