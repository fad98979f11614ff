import type { AuthVerifiers } from '../../http/auth.ts'

/** Who may call the methods of the operator. */
export type AdminVerifier = Pick<AuthVerifiers, 'admin'>
