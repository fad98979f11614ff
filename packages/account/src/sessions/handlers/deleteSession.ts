import type * as DeleteSession from '@lexwright/generated/types/com/atproto/server/deleteSession'
import type { AccountService } from '../../account-service.ts'
import type { BearerAuth } from '../../http/auth.ts'
import { refreshToken } from '../../http/todays-auth.ts'

/** `com.atproto.server.deleteSession` */
export function deleteSession(service: AccountService): DeleteSession.Config<BearerAuth> {
  return {
    auth: refreshToken,
    handler: ({ auth: { credentials } }) => service.logOut(credentials.token),
  }
}
