import type { Handler } from '@lexwright/generated/types/com/atproto/identity/resolveHandle'
import type { AccountService } from '../../account-service.ts'

/** `com.atproto.identity.resolveHandle`: for accounts of this service and others. */
export function resolveHandle(service: AccountService): Handler {
  return async ({ params: { handle } }) => {
    const did = await service.resolveAnyHandle(handle)
    return { encoding: 'application/json', body: { did } }
  }
}
