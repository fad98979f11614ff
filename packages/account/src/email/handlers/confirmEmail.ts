import type * as ConfirmEmail from '@lexwright/generated/types/com/atproto/server/confirmEmail'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.confirmEmail` */
export function confirmEmail(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): ConfirmEmail.Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: ({ auth: { credentials }, input, req, res }) =>
      service.confirmEmail({ ...input.body, did: credentials.did }, callerOf({ req, res })),
  }
}
