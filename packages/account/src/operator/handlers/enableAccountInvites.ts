import type * as EnableAccountInvites from '@lexwright/generated/types/com/atproto/admin/enableAccountInvites'
import type { AdminAuth } from '../../http/auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AdminVerifier } from './admin-verifier.ts'

/** `com.atproto.admin.enableAccountInvites` */
export function enableAccountInvites(
  operator: AccountOperator,
  { admin }: AdminVerifier,
): EnableAccountInvites.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      await operator.setInvitesBlocked(body.account, { isBlocked: false })
    },
  }
}
