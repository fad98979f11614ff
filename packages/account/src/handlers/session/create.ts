import type * as Create from '@lexwright/generated/types/com/atproto/session/create'
import { WrongCredentials } from '../../errors.ts'
import type { AccountService } from '../../service/account-service.ts'
import { nameKey } from '../../service/rules/login-name.ts'
import { answer } from '../answer.ts'
import type { CallLimits } from '../rate-limits.ts'

/** `com.atproto.session.create` */
export function createSession(service: AccountService, limits: CallLimits): Create.Handler {
  return async ({ input, req, res }) => {
    const call = { req, res }
    const { handle: name, password } = input.body
    // The name as it was given, not the account behind it: a count shared by a handle and an email
    // address would tell that they belong together.
    const counted = nameKey(name)
    await limits.spend(call, (caller) => [
      { limit: 'login', of: [counted, caller] },
      { limit: 'loginDaily', of: [counted, caller] },
    ])
    await limits.pauseLogin(call, counted)
    const login = service.logIn({ name, password }).catch(async (error: unknown) => {
      if (error instanceof WrongCredentials) await limits.recordFailedLogin(call, counted)
      throw error
    })
    return { encoding: 'application/json', body: await answer(res, login) }
  }
}
