import type * as RequestEmailConfirmation from '@lexwright/generated/types/com/atproto/server/requestEmailConfirmation'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.requestEmailConfirmation` */
export function requestEmailConfirmation(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): RequestEmailConfirmation.Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: ({ auth: { credentials }, req, res }) =>
      service.requestEmailConfirmation(credentials.did, callerOf({ req, res })),
  }
}
