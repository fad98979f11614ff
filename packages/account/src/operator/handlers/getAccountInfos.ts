import type { AccountView } from '@lexwright/generated/types/com/atproto/admin/defs'
import type * as GetAccountInfos from '@lexwright/generated/types/com/atproto/admin/getAccountInfos'
import { AccountNotFound } from '../../errors.ts'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import { accountView } from './account-view.ts'

/** `com.atproto.admin.getAccountInfos` */
export function getAccountInfos(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
): GetAccountInfos.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ params: { dids } }) => {
      const infos: AccountView[] = []
      for (const did of new Set(dids)) {
        try {
          infos.push(accountView(await operator.getAccountInfo(did)))
        } catch (error) {
          if (!(error instanceof AccountNotFound)) throw error
        }
      }
      return { encoding: 'application/json', body: { infos } }
    },
  }
}
