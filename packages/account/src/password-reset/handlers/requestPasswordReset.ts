import type * as RequestPasswordReset from '@lexwright/generated/types/com/atproto/account/requestPasswordReset'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'

/** `com.atproto.account.requestPasswordReset`: the same answer for every address. */
export function requestPasswordReset(
  service: AccountService,
  callerOf: CallerOf,
): RequestPasswordReset.Handler {
  return ({ input, req, res }) =>
    service.requestPasswordReset(input.body.email, callerOf({ req, res }))
}
