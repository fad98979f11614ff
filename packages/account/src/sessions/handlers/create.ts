import type * as Create from '@lexwright/generated/types/com/atproto/session/create'
import type { AccountService } from '../../account-service.ts'
import { RateLimitExceeded, WrongCredentials } from '../../errors.ts'
import type { CallLimits } from '../../http/call-limits.ts'
import { tokenAnswer } from '../../http/token-answer.ts'
import type { Spending } from '../../limits/rate-limiter.ts'

/** `com.atproto.session.create` */
export function createSession(service: AccountService, limits: CallLimits): Create.Handler {
  return async ({ input, req, res }) => {
    const call = { req, res }
    const { handle: name, password } = input.body
    const counted = await service.loginBudget(name)
    const giveBack = (): Promise<void> => limits.giveBack(call, failureOf)
    try {
      await limits.spend(call, (caller) => [
        { limit: 'login', of: [counted, caller] },
        { limit: 'loginDaily', of: [counted, caller] },
        failureOf(caller),
      ])
    } catch (error) {
      // Nobody looked at the password of a login that was refused.
      if (error instanceof RateLimitExceeded) await giveBack()
      throw error
    }
    try {
      await limits.pauseLogin(call, counted)
      const body = await service.logIn({ name, password })
      await giveBack()
      return tokenAnswer(body)
    } catch (error) {
      if (error instanceof WrongCredentials) await limits.recordFailedLogin(call, counted)
      else await giveBack()
      throw error
    }
  }
}

/** Every login counts as failed until it is known to be good: parallel ones cannot exceed the budget. */
function failureOf(caller: string): Spending {
  return { limit: 'loginFailures', of: [caller] }
}
