import type * as ActivateAccount from '@lexwright/generated/types/com/atproto/server/activateAccount'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.activateAccount` */
export function activateAccount(
  service: AccountService,
  auth: TodaysVerifiers,
): ActivateAccount.Config<AccessAuth> {
  return {
    auth: auth.owner,
    handler: ({ auth: { credentials } }) => service.activateAccount(credentials.did),
  }
}
