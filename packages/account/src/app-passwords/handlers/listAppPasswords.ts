import type * as ListAppPasswords from '@lexwright/generated/types/com/atproto/server/listAppPasswords'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.listAppPasswords` */
export function listAppPasswords(
  service: AccountService,
  auth: TodaysVerifiers,
): ListAppPasswords.Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: async ({ auth: { credentials } }) => {
      const passwords = await service.listAppPasswords(credentials.did)
      return {
        encoding: 'application/json',
        body: {
          passwords: passwords.map(({ name, isPrivileged, createdAt, lastUsedAt }) => ({
            name,
            createdAt: createdAt.toISOString(),
            privileged: isPrivileged,
            ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
          })),
        },
      }
    },
  }
}
