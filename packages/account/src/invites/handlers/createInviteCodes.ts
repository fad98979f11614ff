import type * as CreateInviteCodes from '@lexwright/generated/types/com/atproto/server/createInviteCodes'
import type { AccountService } from '../../account-service.ts'
import type { AdminAuth, AuthVerifiers } from '../../http/auth.ts'

/** `com.atproto.server.createInviteCodes` */
export function createInviteCodes(
  service: AccountService,
  { admin }: Pick<AuthVerifiers, 'admin'>,
): CreateInviteCodes.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      const { codeCount, useCount, forAccounts = [] } = body
      const created = await service.createInviteCodes({
        codeCount,
        useCount,
        createdBy: 'admin',
        forAccounts,
      })
      const codes = created.map((each) => ({ account: each.account, codes: [...each.codes] }))
      return { encoding: 'application/json', body: { codes } }
    },
  }
}
