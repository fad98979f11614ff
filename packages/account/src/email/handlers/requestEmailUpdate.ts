import type * as RequestEmailUpdate from '@lexwright/generated/types/com/atproto/server/requestEmailUpdate'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.requestEmailUpdate` */
export function requestEmailUpdate(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): RequestEmailUpdate.Config<AccessAuth> {
  return {
    auth: auth.owner,
    handler: async ({ auth: { credentials }, req, res }) => ({
      encoding: 'application/json',
      body: await service.requestEmailChange(credentials.did, callerOf({ req, res })),
    }),
  }
}
