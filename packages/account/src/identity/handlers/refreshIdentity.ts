import type { Handler } from '@lexwright/generated/types/com/atproto/identity/refreshIdentity'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'

/** `com.atproto.identity.refreshIdentity`: like `resolveIdentity`, bypassing caches. */
export function refreshIdentity(service: AccountService, callerOf: CallerOf): Handler {
  return async ({ input, req, res }) => {
    const { identifier } = input.body
    const caller = callerOf({ req, res })
    const { did, handle, didDoc } = await service.refreshIdentity(identifier, caller)
    return { encoding: 'application/json', body: { did, handle, didDoc: { ...didDoc } } }
  }
}
