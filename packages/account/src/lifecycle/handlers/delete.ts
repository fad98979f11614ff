import type * as Delete from '@lexwright/generated/types/com/atproto/account/delete'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth, AuthVerifiers } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'

/** `com.atproto.account.delete` */
export function deleteAccount(
  service: AccountService,
  auth: AuthVerifiers,
  callerOf: CallerOf,
): Delete.Config<AccessAuth> {
  return {
    auth: auth.access,
    handler: async ({ auth: { credentials }, req, res }) => {
      const { did, authTime } = credentials
      await service.delete({ did, authTime }, callerOf({ req, res }))
    },
  }
}
