import type * as UpdateAccountHandle from '@lexwright/generated/types/com/atproto/admin/updateAccountHandle'
import type { AdminAuth } from '../../http/auth.ts'
import type { OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.updateAccountHandle` */
export function updateAccountHandle(
  operator: AccountOperator,
  { admin }: OperatorVerifiers,
): UpdateAccountHandle.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      await operator.changeHandle(body.did, body.handle)
    },
  }
}
