import type * as DisableAccountInvites from '@lexwright/generated/types/com/atproto/admin/disableAccountInvites'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.disableAccountInvites` */
export function disableAccountInvites(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): DisableAccountInvites.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ input: { body } }) => {
      await operator.setInvitesBlocked(body.account, { isBlocked: true, note: body.note })
    },
  }
}
