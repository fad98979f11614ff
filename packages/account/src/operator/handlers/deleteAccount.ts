import type * as DeleteAccount from '@lexwright/generated/types/com/atproto/admin/deleteAccount'
import { AccountNotFound, WrongAccountStatus } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.deleteAccount` */
export function deleteAccount(
  operator: AccountOperator,
  { admin }: OperatorVerifiers,
): DeleteAccount.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      // Idempotent, also for unknown accounts.
      await operator.deleteAccount(body.did).catch((error: unknown) => {
        if (!(error instanceof AccountNotFound) && !(error instanceof WrongAccountStatus))
          throw error
      })
    },
  }
}
