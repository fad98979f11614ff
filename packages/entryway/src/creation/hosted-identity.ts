import type { DidUpdates, IdentityProvider } from '@lexwright/account'
import type { HostedIdentityProvider, RepositoryHosts } from '@lexwright/account/extension'
import type { CreationParts } from './attempt.ts'
import { createAtHost } from './create-at-host.ts'

/** Publishes DIDs of new accounts by creating the accounts at their hosts. */
export function createHostedIdentity(
  parts: CreationParts,
  repositories: RepositoryHosts,
): HostedIdentityProvider & { readonly updates: DidUpdates } {
  const { directory, placements } = parts
  return {
    repositories,
    updates: directory.updates,
    publish: async (genesis, { signal }) => {
      const placement = await placements.find(genesis.did)
      // The account was reserved before the entryway was turned on.
      if (placement === undefined) return await directory.publish(genesis, { signal })
      return await createAtHost(parts, genesis, signal)
    },
  }
}

/** True if a provider can update DIDs, which creation at hosts requires. */
export function hasUpdates(
  directory: IdentityProvider,
): directory is IdentityProvider & { readonly updates: DidUpdates } {
  return directory.updates !== undefined
}
