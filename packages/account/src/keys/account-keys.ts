import type { ServiceContext } from '../context.ts'
import { translatingRefusals } from '../refusals.ts'
import { createServiceAuth, type ServiceAuthRequest } from './service-auth.ts'
import { findPublicKey, sign } from './sign.ts'
import { findVerificationKeys } from './signing-keys.ts'

/** The signing keys of accounts, for the host. Private keys are not exposed. */
export interface AccountKeys {
  /** Signs as repositories are signed: ECDSA over SHA-256 of the bytes, compact and low-S. */
  sign(did: string, bytes: Uint8Array): Promise<Uint8Array>
  /** Signs a service token for a call by the account, under the rules of `getServiceAuth`. */
  serviceAuth(did: string, request: ServiceAuthRequest): Promise<string>
  /** The present signing key as `did:key`. */
  publicKey(did: string): Promise<string>
  /**
   * Every key that tokens of the account may be signed with: the present one, and former ones for
   * 73 hours.
   */
  verificationKeys(did: string): Promise<readonly string[]>
}

export function createAccountKeys(context: ServiceContext): AccountKeys {
  const attempt = translatingRefusals(context)
  return {
    sign: (did, bytes) => attempt(sign(context, did, bytes)),
    serviceAuth: (did, request) => attempt(createServiceAuth(context, did, request)),
    publicKey: (did) => attempt(findPublicKey(context, did)),
    verificationKeys: (did) => attempt(findVerificationKeys(context, did)),
  }
}
