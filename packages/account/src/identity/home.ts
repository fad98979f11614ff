import type { ServiceContext, Tx } from '../context.ts'
import { findPublicKey } from '../keys/sign.ts'
import type { RepositoryHome } from './repositories.ts'

/**
 * The endpoint and signing key that the DID of an account should name.
 *
 * @throws {AccountNotFound} if the account has neither a host nor a key here.
 */
export async function homeOf(context: ServiceContext, did: string): Promise<RepositoryHome> {
  const { identity, policy, store } = context
  const { repositories } = identity
  const hosted =
    repositories && (await store.transaction(({ queries }) => repositories.findHome(did, queries)))
  return hosted ?? { endpoint: policy.publicUrl, signingKey: await findPublicKey(context, did) }
}

/** The endpoint that the DID of an account should name. */
export async function endpointOf(
  { identity, policy }: ServiceContext,
  { queries }: Tx,
  did: string,
): Promise<string> {
  const hosted = await identity.repositories?.findHome(did, queries)
  return hosted?.endpoint ?? policy.publicUrl
}
