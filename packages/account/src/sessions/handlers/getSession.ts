import type * as GetSession from '@lexwright/generated/types/com/atproto/server/getSession'
import type { AccountService } from '../../account-service.ts'
import type { Apps } from '../../http/apps.ts'
import { sessionAnswer } from '../../http/session-answer.ts'
import { type ViewAuth, viewVerifier } from '../../http/todays-auth.ts'

/** `com.atproto.server.getSession` */
export function getSession(service: AccountService, apps: Apps): GetSession.Config<ViewAuth> {
  return {
    auth: viewVerifier(service, apps),
    handler: async ({ auth: { credentials } }) => ({
      encoding: 'application/json',
      body: sessionAnswer(credentials.account),
    }),
  }
}
