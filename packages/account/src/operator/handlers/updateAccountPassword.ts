import type * as UpdateAccountPassword from '@lexwright/generated/types/com/atproto/admin/updateAccountPassword'
import type { AdminAuth } from '../../http/auth.ts'
import type { HostAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import { assertMayChange } from './host-account.ts'

/** `com.atproto.admin.updateAccountPassword` */
export function updateAccountPassword(
  operator: AccountOperator,
  { hostAdmin }: OperatorVerifiers,
): UpdateAccountPassword.Config<AdminAuth | HostAuth> {
  return {
    auth: hostAdmin,
    handler: async ({ auth, input: { body } }) => {
      await assertMayChange(operator, auth, body.did)
      await operator.setPassword(body.did, body.password)
    },
  }
}
