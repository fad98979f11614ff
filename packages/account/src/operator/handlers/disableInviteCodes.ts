import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as DisableInviteCodes from '@lexwright/generated/types/com/atproto/admin/disableInviteCodes'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.disableInviteCodes` */
export function disableInviteCodes(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): DisableInviteCodes.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ input: { body } }) => {
      const { codes = [], accounts = [] } = body
      if (accounts.includes('admin')) {
        throw new InvalidRequestError('cannot disable admin invite codes')
      }
      await operator.disableInviteCodes({ codes, accounts })
    },
  }
}
