import { MethodNotImplementedError } from '@atproto/xrpc-server'
import type { Config } from '@lexwright/generated/types/com/atproto/server/checkAccountStatus'
import type { AccountService } from '../../account-service.ts'
import type { AccessAuth } from '../../http/auth.ts'
import type { TodaysVerifiers } from '../../http/todays-auth.ts'
import type { RepositoryPort } from '../../options.ts'

export interface StatusOptions {
  readonly auth: TodaysVerifiers
  readonly repositories: RepositoryPort | undefined
}

/** `com.atproto.server.checkAccountStatus`: 501 without a repository host. */
export function checkAccountStatus(
  service: AccountService,
  { auth, repositories }: StatusOptions,
): Config<AccessAuth> {
  return {
    auth: auth.session,
    handler: async ({ auth: { credentials } }) => {
      if (repositories === undefined) throw new MethodNotImplementedError()
      const { did, status } = credentials
      const [repository, validDid] = await Promise.all([
        repositories.describe(did),
        service.doesDidNameHome(did),
      ])
      const body = { activated: status === 'active', validDid, ...repository }
      return { encoding: 'application/json', body }
    },
  }
}
