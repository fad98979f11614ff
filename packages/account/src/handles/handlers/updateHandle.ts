import { InvalidRequestError } from '@atproto/xrpc-server'
import type { Config } from '@lexwright/generated/types/com/atproto/identity/updateHandle'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.identity.updateHandle` */
export function updateHandle(
  service: AccountService,
  auth: TodaysVerifiers,
  callerOf: CallerOf,
): Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: async ({ auth: { credentials }, input, req, res }) => {
      // Not in the schema, but added by a PDS behind an entryway.
      const { handle, did = credentials.did }: { handle: string; did?: unknown } = input.body
      if (did !== credentials.did)
        throw new InvalidRequestError('did must be the account of the token')
      await service.changeHandle({ did: credentials.did, handle }, callerOf({ req, res }))
    },
  }
}
