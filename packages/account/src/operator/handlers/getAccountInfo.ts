import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as GetAccountInfo from '@lexwright/generated/types/com/atproto/admin/getAccountInfo'
import { AccountNotFound } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import { accountView } from './account-view.ts'

/** `com.atproto.admin.getAccountInfo` */
export function getAccountInfo(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): GetAccountInfo.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ params: { did } }) => {
      const info = await operator.getAccountInfo(did).catch((cause: unknown) => {
        if (!(cause instanceof AccountNotFound)) throw cause
        throw new InvalidRequestError('Account not found', 'NotFound', { cause })
      })
      return { encoding: 'application/json', body: accountView(info) }
    },
  }
}
