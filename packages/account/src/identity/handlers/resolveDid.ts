import type { Handler } from '@lexwright/generated/types/com/atproto/identity/resolveDid'
import type { AccountService } from '../../account-service.ts'

/** `com.atproto.identity.resolveDid` */
export function resolveDid(service: AccountService): Handler {
  return async ({ params: { did } }) => {
    const didDoc = { ...(await service.resolveDid(did)) }
    return { encoding: 'application/json', body: { didDoc } }
  }
}
