import type * as Create from '@lexwright/generated/types/com/atproto/session/create'
import type { AccountService } from '../../account-service.ts'
import { WrongCredentials } from '../../errors.ts'
import type { CallLimits } from '../../http/call-limits.ts'
import { nameKey } from '../login-name.ts'

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
    const body = await service.logIn({ name, password }).catch(async (error: unknown) => {
      if (error instanceof WrongCredentials) await limits.recordFailedLogin(call, counted)
      throw error
    })
    return { encoding: 'application/json', body }
  }
}
