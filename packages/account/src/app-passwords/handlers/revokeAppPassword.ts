import type * as RevokeAppPassword from '@lexwright/generated/types/com/atproto/server/revokeAppPassword'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.revokeAppPassword` */
export function revokeAppPassword(
  service: AccountService,
  auth: TodaysVerifiers,
): RevokeAppPassword.Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: ({ auth: { credentials }, input }) =>
      service.revokeAppPassword({ did: credentials.did, name: input.body.name }),
  }
}
