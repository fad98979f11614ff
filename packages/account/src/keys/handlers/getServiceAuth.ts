import type { Config } from '@lexwright/generated/types/com/atproto/server/getServiceAuth'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.server.getServiceAuth` */
export function getServiceAuth(service: AccountService, auth: TodaysVerifiers): Config<AccessAuth> {
  return {
    auth: auth.anySession,
    handler: async ({ auth: { credentials }, params }) => {
      const { did, scope } = credentials
      const token = await service.createServiceAuth(did, { ...params, scope })
      return { encoding: 'application/json', body: { token } }
    },
  }
}
