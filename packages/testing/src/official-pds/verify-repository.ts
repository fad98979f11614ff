import { verifyRepoCar } from '@atproto/repo'

/** A record of a verified repository. */
export interface VerifiedRecord {
  readonly collection: string
  readonly rkey: string
}

/**
 * Verifies a repository with the reference library: its tree, its blocks and its signature.
 *
 * @param signingKey as `did:key`.
 */
export async function verifyRepository(
  car: Uint8Array,
  { did, signingKey }: { readonly did: string; readonly signingKey: string },
): Promise<readonly VerifiedRecord[]> {
  const { creates } = await verifyRepoCar(car, did, signingKey)
  return creates.map(({ collection, rkey }) => ({ collection, rkey }))
}
