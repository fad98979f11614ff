import type { Handler } from '@lexwright/generated/types/com/atproto/identity/resolveIdentity'
import type { AccountService } from '../../account-service.ts'

/** `com.atproto.identity.resolveIdentity` */
export function resolveIdentity(service: AccountService): Handler {
  return async ({ params: { identifier } }) => {
    const { did, handle, didDoc } = await service.resolveIdentity(identifier)
    return { encoding: 'application/json', body: { did, handle, didDoc: { ...didDoc } } }
  }
}
