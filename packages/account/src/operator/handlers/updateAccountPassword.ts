import type * as UpdateAccountPassword from '@lexwright/generated/types/com/atproto/admin/updateAccountPassword'
import type { AdminAuth } from '../../http/auth.ts'
import type { OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.updateAccountPassword` */
export function updateAccountPassword(
  operator: AccountOperator,
  { admin }: OperatorVerifiers,
): UpdateAccountPassword.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      await operator.setPassword(body.did, body.password)
    },
  }
}
