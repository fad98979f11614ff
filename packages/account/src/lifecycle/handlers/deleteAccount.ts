import { AuthRequiredError } from '@atproto/xrpc-server'
import type * as DeleteAccount from '@lexwright/generated/types/com/atproto/server/deleteAccount'
import type { AccountService } from '../../account-service.ts'
import { WrongCredentials } from '../../errors.ts'
import type { CallerOf } from '../../http/call-limits.ts'

/** `com.atproto.server.deleteAccount` */
export function confirmDeletion(
  service: AccountService,
  callerOf: CallerOf,
): DeleteAccount.Handler {
  return async ({ input, req, res }) => {
    try {
      await service.confirmDeletion(input.body, callerOf({ req, res }))
    } catch (cause) {
      if (!(cause instanceof WrongCredentials)) throw cause
      throw new AuthRequiredError('Invalid did or password', undefined, { cause })
    }
  }
}
