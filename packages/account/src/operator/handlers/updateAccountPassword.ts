import type * as UpdateAccountPassword from '@lexwright/generated/types/com/atproto/admin/updateAccountPassword'
import type { AdminAuth } from '../../http/auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AdminVerifier } from './admin-verifier.ts'

/** `com.atproto.admin.updateAccountPassword` */
export function updateAccountPassword(
  operator: AccountOperator,
  { admin }: AdminVerifier,
): UpdateAccountPassword.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      await operator.setPassword(body.did, body.password)
    },
  }
}
