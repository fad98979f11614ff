import type * as CheckHandleAvailability from '@lexwright/generated/types/com/atproto/temp/checkHandleAvailability'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'

const NSID = 'com.atproto.temp.checkHandleAvailability'

/** `com.atproto.temp.checkHandleAvailability` */
export function checkHandleAvailability(
  service: AccountService,
  callerOf: CallerOf,
): CheckHandleAvailability.Handler {
  return async ({ params, req, res }) => {
    const { handle, isAvailable, suggestions } = await service.checkHandleAvailability(
      params.handle,
      callerOf({ req, res }),
    )
    return {
      encoding: 'application/json',
      body: {
        handle,
        result: isAvailable
          ? { $type: `${NSID}#resultAvailable` }
          : {
              $type: `${NSID}#resultUnavailable`,
              suggestions: suggestions.map((other) => ({ handle: other, method: 'number' })),
            },
      },
    }
  }
}
