import type * as Create from '@lexwright/generated/types/com/atproto/account/create'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.account.create` */
export function create(service: AccountService, callerOf: CallerOf): Create.Handler {
  return async ({ input, req, res }) => {
    const body = await service.create(input.body, callerOf({ req, res }))
    return tokenAnswer(req, body)
  }
}
