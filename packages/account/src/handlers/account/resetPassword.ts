import * as ResetPassword from '@lexwright/generated/types/com/atproto/account/resetPassword'
import type { AccountService } from '../../service/account-service.ts'
import type { ResetPasswordRequest } from '../../service/reset-password.ts'
import { answer, type DeclaredErrors } from '../answer.ts'
import type { CallLimits, LimitedCall } from '../rate-limits.ts'

const declared: DeclaredErrors = {
  'invalid-reset-token': ResetPassword.InvalidTokenError,
  'expired-reset-token': ResetPassword.ExpiredTokenError,
}

/** Submits a code and a new password, whichever way they came. */
export type SubmitReset = (call: LimitedCall, request: ResetPasswordRequest) => Promise<void>

/** The same limits, rules and errors for the method and for a page of the host. */
export function createSubmitReset(service: AccountService, limits: CallLimits): SubmitReset {
  return async (call, { token, password }) => {
    await limits.spend(call, (caller) => [
      { limit: 'reset', of: [caller] },
      { limit: 'resetGlobal', of: [] },
    ])
    await answer(call.res, service.resetPassword({ token, password }), declared)
  }
}

/** `com.atproto.account.resetPassword` */
export function resetPassword(submit: SubmitReset): ResetPassword.Handler {
  return ({ input, req, res }) => submit({ req, res }, input.body)
}
