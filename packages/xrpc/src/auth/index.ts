/** Authentication: verifiers for the `auth` of methods and subscriptions. */
export {
  type Anonymous,
  anyOf,
  optional,
  type Verified,
  type Verifier,
  type VerifierContext,
} from './combine.ts'
export {
  type CreateServiceAuthOptions,
  createServiceAuth,
  type ServiceSigner,
} from './create-service-auth.ts'
export {
  createMemoryReplayStore,
  type MemoryReplayStoreOptions,
  type ReplayStore,
} from './replay-store.ts'
export {
  type ServiceAuthOptions,
  type ServiceAuthResult,
  type ServiceCredentials,
  type ServiceVerifier,
  serviceAuth,
} from './service-auth.ts'
export type { DidResolver, KeyCacheOptions } from './signing-keys.ts'
