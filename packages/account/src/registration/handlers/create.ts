import type * as Create from '@lexwright/generated/types/com/atproto/account/create'
import type { AccountService } from '../../account-service.ts'
import type { CallLimits } from '../../http/call-limits.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.account.create` */
export function create(service: AccountService, limits: CallLimits): Create.Handler {
  return async ({ input, req, res }) => {
    await limits.spend({ req, res }, (caller) => [{ limit: 'create', of: [caller] }])
    const body = await service.create(input.body)
    return tokenAnswer(body)
  }
}
