import type * as GetAccountInviteCodes from '@lexwright/generated/types/com/atproto/server/getAccountInviteCodes'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'
import { inviteView } from './invite-view.ts'

/**
 * `com.atproto.server.getAccountInviteCodes`: codes are granted by the operator and cannot be
 * earned.
 */
export function getAccountInviteCodes(
  service: AccountService,
  auth: TodaysVerifiers,
): GetAccountInviteCodes.Config<AccessAuth> {
  return {
    auth: auth.owner,
    handler: async ({ auth: { credentials }, params: { includeUsed } }) => {
      const invites = await service.listInvites({ did: credentials.did, includeUsed })
      return { encoding: 'application/json', body: { codes: invites.map(inviteView) } }
    },
  }
}
