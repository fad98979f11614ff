import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as GetInviteCodes from '@lexwright/generated/types/com/atproto/admin/getInviteCodes'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import { inviteView } from '../../invites/handlers/invite-view.ts'
import type { AccountOperator } from '../account-operator.ts'

/** `com.atproto.admin.getInviteCodes` */
export function getInviteCodes(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): GetInviteCodes.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ params: { sort, limit, cursor } }) => {
      if (sort !== 'recent' && sort !== 'usage') {
        throw new InvalidRequestError(`unknown sort method: ${sort}`)
      }
      const page = await operator.listInviteCodes({
        limit,
        order: sort === 'usage' ? 'usage' : 'recent',
        ...(cursor !== undefined && { cursor }),
      })
      const invites = await operator.listInviteUses(page.items)
      return {
        encoding: 'application/json',
        body: {
          codes: invites.map(inviteView),
          ...(page.cursor !== undefined && { cursor: page.cursor }),
        },
      }
    },
  }
}
