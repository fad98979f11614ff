import type { Config } from '@lexwright/generated/types/com/atproto/identity/requestPlcOperationSignature'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.identity.requestPlcOperationSignature` */
export function requestPlcOperationSignature(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): Config<AccessAuth> {
  return {
    auth: auth.leaving,
    handler: async ({ auth: { credentials }, req, res }) => {
      await service.requestOperationCode(credentials.did, callerOf({ req, res }))
    },
  }
}
