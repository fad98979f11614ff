import * as Create from '@lexwright/generated/types/com/atproto/account/create'
import type { AccountService } from '../../account-service.ts'
import { answer, type DeclaredErrors } from '../../http/answer.ts'
import type { CallLimits } from '../../http/call-limits.ts'

const declared: DeclaredErrors = {
  'invalid-handle': Create.InvalidHandleError,
  'handle-not-available': Create.HandleNotAvailableError,
  'invalid-password': Create.InvalidPasswordError,
  'invalid-invite-code': Create.InvalidInviteCodeError,
}

/** `com.atproto.account.create` */
export function create(service: AccountService, limits: CallLimits): Create.Handler {
  return async ({ input, req, res }) => {
    await limits.spend({ req, res }, (caller) => [{ limit: 'create', of: [caller] }])
    const body = await answer(res, service.create(input.body), declared)
    return { encoding: 'application/json', body }
  }
}
