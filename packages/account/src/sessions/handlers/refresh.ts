import type * as Refresh from '@lexwright/generated/types/com/atproto/session/refresh'
import type { AccountService } from '../../account-service.ts'
import { type BearerAuth, bearer } from '../../http/auth.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** `com.atproto.session.refresh` */
export function refreshSession(service: AccountService): Refresh.Config<BearerAuth> {
  return {
    auth: bearer,
    handler: async ({ auth: { credentials } }) => {
      const body = await service.refreshSession(credentials.token)
      return tokenAnswer(body)
    },
  }
}
