import type { FindHostOperator } from '../operator/authenticate-admin.ts'
import type { AccessGrant } from '../sessions/authenticate.ts'
import type { AuthContext } from './auth.ts'

/** An app or a host calling for an account with a token that is not a session of the module. */
export interface AppCaller {
  readonly did: string
  readonly handle: string
  readonly status: AccessGrant['status']
  /** Id of its token. */
  readonly id: string
  /** Issue time of its token. */
  readonly since: Date
  /** True if it may read the email address of the account. */
  readonly canReadEmail: boolean
}

/**
 * Admits an app to one of the module's methods, or throws the error to answer. Undefined if the
 * caller is not an app.
 */
export type AdmitApp = (context: AuthContext) => Promise<AppCaller | undefined>

/** Admission of apps, set by a package beside the module. */
export interface Apps {
  admit: AdmitApp | undefined
  /** Set for an entryway. */
  findHost: FindHostOperator | undefined
}
