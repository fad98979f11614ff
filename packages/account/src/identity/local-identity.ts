import type { IdentityProvider } from './identity.ts'

/**
 * For a service without a DID directory: operations stay with the accounts, signed and ready, until
 * there is one.
 */
export function createLocalIdentity(): IdentityProvider {
  return { defers: true, publish: async () => 'deferred' }
}
