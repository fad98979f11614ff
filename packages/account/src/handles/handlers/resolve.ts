import type * as Resolve from '@lexwright/generated/types/com/atproto/handle/resolve'
import type { AccountService } from '../../account-service.ts'
import { answer } from '../../http/answer.ts'

/** `com.atproto.handle.resolve`: of this service's handles only. */
export function resolveHandle(service: AccountService, serviceDid: string): Resolve.Handler {
  return async ({ params: { handle }, res }) => {
    const did = handle === undefined ? serviceDid : await answer(res, service.resolveHandle(handle))
    return { encoding: 'application/json', body: { did } }
  }
}
