import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as UpdateAccountEmail from '@lexwright/generated/types/com/atproto/admin/updateAccountEmail'
import { AccountNotFound } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { HostAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import { assertMayChange } from './host-account.ts'

/** `com.atproto.admin.updateAccountEmail` */
export function updateAccountEmail(
  operator: AccountOperator,
  { hostAdmin }: OperatorVerifiers,
): UpdateAccountEmail.Config<AdminAuth | HostAuth> {
  return {
    auth: hostAdmin,
    handler: async ({ auth, input: { body } }) => {
      const { account, email } = body
      const change = async () => {
        await assertMayChange(operator, auth, account)
        await operator.setEmail(account, email)
      }
      await change().catch((cause: unknown) => {
        if (!(cause instanceof AccountNotFound)) throw cause
        throw new InvalidRequestError(`Account does not exist: ${account}`, undefined, { cause })
      })
    },
  }
}
