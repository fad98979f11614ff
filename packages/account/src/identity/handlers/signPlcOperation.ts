import type { Config } from '@lexwright/generated/types/com/atproto/identity/signPlcOperation'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.identity.signPlcOperation` */
export function signPlcOperation(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): Config<AccessAuth> {
  return {
    auth: auth.leaving,
    handler: async ({ auth: { credentials }, input, req, res }) => {
      const { token, ...changes } = input.body
      const operation = await service.signOperation(
        { did: credentials.did, code: token, changes },
        callerOf({ req, res }),
      )
      return { encoding: 'application/json', body: { operation: { ...operation } } }
    },
  }
}
