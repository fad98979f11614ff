import type * as DeactivateAccount from '@lexwright/generated/types/com/atproto/server/deactivateAccount'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.deactivateAccount` */
export function deactivateAccount(
  service: AccountService,
  auth: TodaysVerifiers,
): DeactivateAccount.Config<AccessAuth> {
  return {
    auth: auth.leaving,
    handler: async ({ auth: { credentials }, input }) => {
      const { deleteAfter } = input.body
      await service.deactivateAccount({
        did: credentials.did,
        ...(deleteAfter !== undefined && { deleteAfter: new Date(deleteAfter) }),
      })
    },
  }
}
