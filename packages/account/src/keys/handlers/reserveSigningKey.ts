import type { Handler } from '@lexwright/generated/types/com/atproto/server/reserveSigningKey'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'

/** `com.atproto.server.reserveSigningKey` */
export function reserveSigningKey(service: AccountService, callerOf: CallerOf): Handler {
  return async ({ input, req, res }) => {
    const signingKey = await service.reserveSigningKey(input.body.did, callerOf({ req, res }))
    return { encoding: 'application/json', body: { signingKey } }
  }
}
