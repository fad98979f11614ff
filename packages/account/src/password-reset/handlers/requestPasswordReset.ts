import type * as RequestPasswordReset from '@lexwright/generated/types/com/atproto/account/requestPasswordReset'
import type { AccountService } from '../../account-service.ts'
import type { CallLimits } from '../../http/call-limits.ts'
import { nameKey } from '../../sessions/login-name.ts'

/** `com.atproto.account.requestPasswordReset`: the same answer for every address. */
export function requestPasswordReset(
  service: AccountService,
  limits: CallLimits,
): RequestPasswordReset.Handler {
  return async ({ input, req, res }) => {
    const call = { req, res }
    const { email } = input.body
    const account = nameKey(email)
    await limits.spend(call, (caller) => [
      { limit: 'resetRequest', of: [caller] },
      { limit: 'resetRequestDaily', of: [caller] },
      { limit: 'resetRequestAccount', of: [account, caller] },
    ])
    const delay = await limits.delayResetMail(call, account)
    await service.requestPasswordReset(email, { delay })
  }
}
