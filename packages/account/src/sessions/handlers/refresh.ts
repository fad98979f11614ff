import type * as Refresh from '@lexwright/generated/types/com/atproto/session/refresh'
import type { AccountService } from '../../account-service.ts'
import { answer } from '../../http/answer.ts'
import { type BearerAuth, bearer } from '../../http/auth.ts'

/** `com.atproto.session.refresh` */
export function refreshSession(service: AccountService): Refresh.Config<BearerAuth> {
  return {
    auth: bearer,
    handler: async ({ auth: { credentials }, res }) => {
      const body = await answer(res, service.refreshSession(credentials.token))
      return { encoding: 'application/json', body }
    },
  }
}
