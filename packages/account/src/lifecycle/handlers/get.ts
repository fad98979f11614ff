import type * as Get from '@lexwright/generated/types/com/atproto/account/get'
import type { AccountService } from '../../account-service.ts'
import { type OwnerAuth, ownerVerifier } from '../../http/auth.ts'

/** `com.atproto.account.get`, with the output declared in the overlay. */
export function get(service: AccountService): Get.Config<OwnerAuth> {
  return {
    auth: ownerVerifier(service),
    handler: async ({ auth: { credentials } }) => {
      const { account } = credentials
      return {
        encoding: 'application/json',
        body: {
          did: account.did,
          handle: account.handle,
          email: account.email,
          status: account.status,
          createdAt: account.createdAt.toISOString(),
          passwordChangedAt: account.passwordChangedAt.toISOString(),
          ...(account.recoveryKey !== null && { recoveryKey: account.recoveryKey }),
          ...(account.inviteCode !== null && { inviteCode: account.inviteCode }),
        },
      }
    },
  }
}
