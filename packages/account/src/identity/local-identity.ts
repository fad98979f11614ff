import type { IdentityProvider } from './identity.ts'

/**
 * For a service without a DID directory: signed operations are kept with the accounts until there
 * is one.
 */
export function createLocalIdentity(): IdentityProvider {
  return { defers: true, publish: async () => 'deferred' }
}
