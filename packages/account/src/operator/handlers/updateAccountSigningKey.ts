import type * as UpdateAccountSigningKey from '@lexwright/generated/types/com/atproto/admin/updateAccountSigningKey'
import type { AdminAuth } from '../../http/auth.ts'
import type { OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.updateAccountSigningKey` */
export function updateAccountSigningKey(
  operator: AccountOperator,
  { admin }: OperatorVerifiers,
): UpdateAccountSigningKey.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      await operator.replaceSigningKey(body.did, body.signingKey)
    },
  }
}
