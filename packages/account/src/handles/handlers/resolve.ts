import type * as Resolve from '@lexwright/generated/types/com/atproto/handle/resolve'
import type { AccountService } from '../../account-service.ts'

/** `com.atproto.handle.resolve`: only for handles of this service. */
export function resolveHandle(service: AccountService, serviceDid: string): Resolve.Handler {
  return async ({ params: { handle } }) => {
    const did = handle === undefined ? serviceDid : await service.resolveHandle(handle)
    return { encoding: 'application/json', body: { did } }
  }
}
