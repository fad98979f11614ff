import type * as UpdateEmail from '@lexwright/generated/types/com/atproto/server/updateEmail'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.updateEmail` */
export function updateEmail(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): UpdateEmail.Config<AccessAuth> {
  return {
    auth: auth.owner,
    handler: ({ auth: { credentials }, input, req, res }) =>
      service.changeEmail({ ...input.body, did: credentials.did }, callerOf({ req, res })),
  }
}
