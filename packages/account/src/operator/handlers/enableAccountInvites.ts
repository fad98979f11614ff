import type * as EnableAccountInvites from '@lexwright/generated/types/com/atproto/admin/enableAccountInvites'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.enableAccountInvites` */
export function enableAccountInvites(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): EnableAccountInvites.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ input: { body } }) => {
      await operator.setInvitesBlocked(body.account, { isBlocked: false })
    },
  }
}
