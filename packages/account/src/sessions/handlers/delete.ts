import type * as Delete from '@lexwright/generated/types/com/atproto/session/delete'
import type { AccountService } from '../../account-service.ts'
import { type BearerAuth, bearer } from '../../http/auth.ts'

/** `com.atproto.session.delete` */
export function deleteSession(service: AccountService): Delete.Config<BearerAuth> {
  return {
    auth: bearer,
    handler: async ({ auth: { credentials } }) => {
      await service.logOut(credentials.token)
    },
  }
}
