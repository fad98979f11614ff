import type { Handler } from '@lexwright/generated/types/com/atproto/identity/refreshIdentity'
import type { AccountService } from '../../account-service.ts'

/** `com.atproto.identity.refreshIdentity`: as `resolveIdentity`, past what the resolver remembers. */
export function refreshIdentity(service: AccountService): Handler {
  return async ({ input }) => {
    const { identifier } = input.body
    const { did, handle, didDoc } = await service.resolveIdentity(identifier, { isFresh: true })
    return { encoding: 'application/json', body: { did, handle, didDoc: { ...didDoc } } }
  }
}
