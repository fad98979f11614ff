import type * as SearchAccounts from '@lexwright/generated/types/com/atproto/admin/searchAccounts'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import { accountView } from './account-view.ts'

/** `com.atproto.admin.searchAccounts` */
export function searchAccounts(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): SearchAccounts.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ params: { email, limit, cursor } }) => {
      const page = await operator.listAccounts({
        limit,
        ...(email !== undefined && { search: email }),
        ...(cursor !== undefined && { cursor }),
      })
      const infos = await Promise.all(page.items.map(({ did }) => operator.getAccountInfo(did)))
      return {
        encoding: 'application/json',
        body: {
          accounts: infos.map(accountView),
          ...(page.cursor !== undefined && { cursor: page.cursor }),
        },
      }
    },
  }
}
