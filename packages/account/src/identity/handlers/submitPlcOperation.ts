import type { Config } from '@lexwright/generated/types/com/atproto/identity/submitPlcOperation'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.identity.submitPlcOperation` */
export function submitPlcOperation(
  service: AccountService,
  auth: TodaysVerifiers,
): Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: async ({ auth: { credentials }, input }) => {
      await service.submitOperation(credentials.did, input.body.operation)
    },
  }
}
