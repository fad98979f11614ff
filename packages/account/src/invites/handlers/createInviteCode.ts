import type * as CreateInviteCode from '@lexwright/generated/types/com/atproto/account/createInviteCode'
import type { AccountService } from '../../account-service.ts'
import type { AdminAuth, AuthVerifiers } from '../../http/auth.ts'

/** `com.atproto.account.createInviteCode` */
export function createInviteCode(
  service: AccountService,
  auth: AuthVerifiers,
): CreateInviteCode.Config<AdminAuth> {
  return {
    auth: auth.admin,
    handler: async ({ input }) => {
      const { useCount } = input.body
      const code = await service.createInviteCode({ useCount, createdBy: 'admin' })
      return { encoding: 'application/json', body: { code } }
    },
  }
}
