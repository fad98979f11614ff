import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as UpdateAccountEmail from '@lexwright/generated/types/com/atproto/admin/updateAccountEmail'
import { AccountNotFound } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.updateAccountEmail` */
export function updateAccountEmail(
  operator: AccountOperator,
  { admin }: OperatorVerifiers,
): UpdateAccountEmail.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      const { account, email } = body
      await operator.setEmail(account, email).catch((cause: unknown) => {
        if (!(cause instanceof AccountNotFound)) throw cause
        throw new InvalidRequestError(`Account does not exist: ${account}`, undefined, { cause })
      })
    },
  }
}
