import type * as Delete from '@lexwright/generated/types/com/atproto/account/delete'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth, AuthVerifiers } from '../../http/auth.ts'
import type { CallLimits } from '../../http/call-limits.ts'

/** `com.atproto.account.delete` */
export function deleteAccount(
  service: AccountService,
  auth: AuthVerifiers,
  limits: CallLimits,
): Delete.Config<AccessAuth> {
  return {
    auth: auth.access,
    handler: async ({ auth: { credentials }, req, res }) => {
      const { did, authTime } = credentials
      await limits.spend({ req, res }, () => [{ limit: 'delete', of: [did] }])
      await service.delete({ did, authTime })
    },
  }
}
