import type * as CreateAppPassword from '@lexwright/generated/types/com/atproto/server/createAppPassword'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.createAppPassword` */
export function createAppPassword(
  service: AccountService,
  auth: TodaysVerifiers,
): CreateAppPassword.Config<AccessAuth> {
  return {
    auth: auth.owner,
    handler: async ({ auth: { credentials }, input }) => {
      const { name, privileged } = input.body
      const created = await service.createAppPassword({ did: credentials.did, name, privileged })
      const { password, createdAt, isPrivileged } = created
      return {
        encoding: 'application/json',
        headers: { 'Cache-Control': 'no-store' },
        body: { name, password, createdAt: createdAt.toISOString(), privileged: isPrivileged },
      }
    },
  }
}
