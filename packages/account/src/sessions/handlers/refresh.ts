import type * as Refresh from '@lexwright/generated/types/com/atproto/session/refresh'
import type { AccountService } from '../../account-service.ts'
import { type BearerAuth, bearer } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.session.refresh` */
export function refreshSession(
  service: AccountService,
  callerOf: CallerOf,
): Refresh.Config<BearerAuth> {
  return {
    auth: bearer,
    handler: async ({ auth: { credentials }, req, res }) => {
      const caller = callerOf({ req, res })
      const { account: _, ...body } = await service.refreshSession(credentials.token, caller)
      return tokenAnswer(req, body)
    },
  }
}
