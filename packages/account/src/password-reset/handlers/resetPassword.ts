import type * as ResetPassword from '@lexwright/generated/types/com/atproto/account/resetPassword'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf, LimitedCall } from '../../http/call-limits.ts'
import type { ResetPasswordRequest } from '../reset-password.ts'

/** Submits a code and a new password, from XRPC or a page. */
export type SubmitReset = (call: LimitedCall, request: ResetPasswordRequest) => Promise<void>

/** Shares limits, rules and errors between the method and pages of the host. */
export function createSubmitReset(service: AccountService, callerOf: CallerOf): SubmitReset {
  return async (call, { token, password }) => {
    await service.resetPassword({ token, password }, callerOf(call))
  }
}

/** `com.atproto.account.resetPassword` */
export function resetPassword(submit: SubmitReset): ResetPassword.Handler {
  return ({ input, req, res }) => submit({ req, res }, input.body)
}
