import type * as DisableAccountInvites from '@lexwright/generated/types/com/atproto/admin/disableAccountInvites'
import type { AdminAuth } from '../../http/auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AdminVerifier } from './admin-verifier.ts'

/** `com.atproto.admin.disableAccountInvites` */
export function disableAccountInvites(
  operator: AccountOperator,
  { admin }: AdminVerifier,
): DisableAccountInvites.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      await operator.setInvitesBlocked(body.account, { isBlocked: true, note: body.note })
    },
  }
}
