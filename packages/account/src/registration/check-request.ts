import { checkHandle } from '../handles/handle.ts'
import { checkRecoveryKey } from '../identity/recovery-key.ts'
import { normalizeInviteCode } from '../invites/invite-code.ts'
import type { ResolvedPolicy } from '../policy.ts'
import { checkEmail, type EmailAddress } from './email.ts'
import { checkBreached, checkPassword } from './password.ts'

export interface CreateAccountRequest {
  readonly handle: string
  readonly email: string
  readonly password: string
  readonly recoveryKey?: string | undefined
  readonly inviteCode?: string | undefined
}

/** A request that passed the rules. */
export interface WantedAccount {
  readonly handle: string
  readonly email: EmailAddress
  /** In NFC. */
  readonly password: string
  readonly recoveryKey: string | null
  /** Null if no invite is required. */
  readonly inviteCode: string | null
}

/**
 * Checks a request against every rule that needs no look at existing accounts; throws the first
 * violation.
 *
 * @throws {AccountError}
 */
export async function checkRequest(
  policy: ResolvedPolicy,
  request: CreateAccountRequest,
  checkTyped: (handle: string) => string | Promise<string> = (handle) =>
    checkHandle(handle, policy.handles),
): Promise<WantedAccount> {
  const handle = await checkTyped(request.handle)
  const email = checkEmail(request.email)
  const password = await checkPassword(request.password, {
    handle,
    email: email.typed,
    service: policy.serviceNames,
  })
  await checkBreached(password, policy.breachedPasswords)
  const recoveryKey =
    request.recoveryKey === undefined ? null : checkRecoveryKey(request.recoveryKey)
  const inviteCode = policy.inviteRequired ? normalizeInviteCode(request.inviteCode) : null
  return { handle, email, password, recoveryKey, inviteCode }
}
