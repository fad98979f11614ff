import type * as RequestPasswordReset from '@lexwright/generated/types/com/atproto/account/requestPasswordReset'
import type { AccountService } from '../../service/account-service.ts'
import { nameKey } from '../../service/rules/login-name.ts'
import { answer } from '../answer.ts'
import type { CallLimits } from '../rate-limits.ts'

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
    await answer(res, service.requestPasswordReset(email, { delay }))
  }
}
