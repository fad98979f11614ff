import type * as RefreshSession from '@lexwright/generated/types/com/atproto/server/refreshSession'
import type { AccountService } from '../../account-service.ts'
import type { BearerAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { sessionAnswer } from '../../http/session-answer.ts'
import { refreshToken } from '../../http/todays-auth.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.server.refreshSession` */
export function refreshSession(
  service: AccountService,
  callerOf: CallerOf,
): RefreshSession.Config<BearerAuth> {
  return {
    auth: refreshToken,
    handler: async ({ auth: { credentials }, req, res }) => {
      const caller = callerOf({ req, res })
      const refreshed = await service.refreshSession(credentials.token, caller)
      const { accessJwt, refreshJwt, account } = refreshed
      return tokenAnswer(req, { accessJwt, refreshJwt, ...sessionAnswer(account) })
    },
  }
}
