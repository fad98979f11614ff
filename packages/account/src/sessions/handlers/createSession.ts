import { AuthRequiredError } from '@atproto/xrpc-server'
import type * as CreateSession from '@lexwright/generated/types/com/atproto/server/createSession'
import type { AccountService } from '../../account-service.ts'
import type { CallerOf } from '../../http/call-limits.ts'
import { sessionAnswer } from '../../http/session-answer.ts'
import { tokenAnswer } from '../../http/token-answer.ts'

/** No host accepts longer passwords. */
const MAX_PASSWORD = 512

/** `com.atproto.server.createSession` */
export function createSession(service: AccountService, callerOf: CallerOf): CreateSession.Handler {
  return async ({ input, req, res }) => {
    const { identifier: name, password, allowTakendown = false, authFactorToken } = input.body
    if (password.length > MAX_PASSWORD) {
      throw new AuthRequiredError('Password too long. Consider resetting your password.')
    }
    const signedIn = await service.logIn(
      { name, password, allowTakendown, authFactorToken },
      callerOf({ req, res }),
    )
    const { accessJwt, refreshJwt, account } = await service.describeSignedIn(signedIn)
    return tokenAnswer(req, { accessJwt, refreshJwt, ...sessionAnswer(account) })
  }
}
