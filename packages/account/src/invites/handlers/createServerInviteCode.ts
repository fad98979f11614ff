import type * as CreateInviteCode from '@lexwright/generated/types/com/atproto/server/createInviteCode'
import type { AccountService } from '../../account-service.ts'
import type { AdminAuth, AuthVerifiers } from '../../http/auth.ts'

/** `com.atproto.server.createInviteCode` */
export function createServerInviteCode(
  service: AccountService,
  { admin }: Pick<AuthVerifiers, 'admin'>,
): CreateInviteCode.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      const { useCount, forAccount } = body
      const [created] = await service.createInviteCodes({
        codeCount: 1,
        useCount,
        createdBy: 'admin',
        forAccounts: forAccount === undefined ? [] : [forAccount],
      })
      return { encoding: 'application/json', body: { code: created?.codes[0] ?? '' } }
    },
  }
}
