import type * as RequestAccountDelete from '@lexwright/generated/types/com/atproto/server/requestAccountDelete'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.requestAccountDelete` */
export function requestAccountDelete(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): RequestAccountDelete.Config<AccessAuth> {
  return {
    auth: auth.owner,
    handler: ({ auth: { credentials }, req, res }) =>
      service.requestDeletion(credentials.did, callerOf({ req, res })),
  }
}
