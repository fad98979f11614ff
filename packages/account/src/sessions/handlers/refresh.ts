import type * as Refresh from '@lexwright/generated/types/com/atproto/session/refresh'
import type { AccountService } from '../../account-service.ts'
import { type BearerAuth, bearer } from '../../http/auth.ts'

/** `com.atproto.session.refresh` */
export function refreshSession(service: AccountService): Refresh.Config<BearerAuth> {
  return {
    auth: bearer,
    handler: async ({ auth: { credentials } }) => {
      const body = await service.refreshSession(credentials.token)
      return { encoding: 'application/json', body }
    },
  }
}
