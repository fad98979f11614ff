import type { AccessGrant } from '../sessions/authenticate.ts'
import type { AuthContext } from './auth.ts'

/** An app, or a host, that calls for an account with a token that is no session of the module. */
export interface AppCaller {
  readonly did: string
  readonly handle: string
  readonly status: AccessGrant['status']
  /** Of its token. */
  readonly id: string
  /** When it was let in. */
  readonly since: Date
  /** True if it may know the email address of the account. */
  readonly canReadEmail: boolean
}

/**
 * Decides if an app may call one of the module's methods, or throws what it is answered. Undefined for a call that is none of an
 * app's.
 */
export type AdmitApp = (context: AuthContext) => Promise<AppCaller | undefined>

/** How apps are let in, once a package beside the module says so. */
export interface Apps {
  admit: AdmitApp | undefined
}
