import type * as CheckSignupQueue from '@lexwright/generated/types/com/atproto/temp/checkSignupQueue'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'

/** `com.atproto.temp.checkSignupQueue`: existing accounts have passed the queue. */
export function checkSignupQueue(auth: TodaysVerifiers): CheckSignupQueue.Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: async () => ({ encoding: 'application/json', body: { activated: true } }),
  }
}
