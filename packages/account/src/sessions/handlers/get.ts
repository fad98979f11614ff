import type * as Get from '@lexwright/generated/types/com/atproto/session/get'
import type { AccessAuth, AuthVerifiers } from '../../http/auth.ts'

/** `com.atproto.session.get` */
export function getSession(auth: AuthVerifiers): Get.Config<AccessAuth> {
  return {
    auth: auth.accessReadOnly,
    handler: async ({ auth: { credentials } }) => {
      const { did, handle } = credentials
      return { encoding: 'application/json', body: { did, handle } }
    },
  }
}
