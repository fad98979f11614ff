import type * as Create from '@lexwright/generated/types/com/atproto/session/create'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.session.create` */
export function createSession(service: AccountService, callerOf: CallerOf): Create.Handler {
  return async ({ input, req, res }) => {
    const { handle: name, password } = input.body
    const body = await service.logIn({ name, password }, callerOf({ req, res }))
    return tokenAnswer(req, body)
  }
}
