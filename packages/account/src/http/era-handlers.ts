import type { AccountService } from '../account-service.ts'
import { resolveHandle } from '../handles/handlers/resolve.ts'
import { createInviteCode } from '../invites/handlers/createInviteCode.ts'
import { deleteAccount } from '../lifecycle/handlers/delete.ts'
import { get } from '../lifecycle/handlers/get.ts'
import { requestPasswordReset } from '../password-reset/handlers/requestPasswordReset.ts'
import { resetPassword, type SubmitReset } from '../password-reset/handlers/resetPassword.ts'
import type { ResolvedPolicy } from '../policy.ts'
import { create } from '../registration/handlers/create.ts'
import { getAccountsConfig } from '../registration/handlers/getAccountsConfig.ts'
import { createSession } from '../sessions/handlers/create.ts'
import { deleteSession } from '../sessions/handlers/delete.ts'
import { getSession } from '../sessions/handlers/get.ts'
import { refreshSession } from '../sessions/handlers/refresh.ts'
import type { AuthVerifiers } from './auth.ts'
import type { CallerOf } from './call-limits.ts'
import type { EraHandlers } from './methods.ts'

export interface HandlerOptions {
  readonly service: AccountService
  readonly auth: AuthVerifiers
  readonly callerOf: CallerOf
  readonly submitReset: SubmitReset
  readonly policy: Pick<ResolvedPolicy, 'serviceDid' | 'handles' | 'inviteRequired'>
}

/** Creates the handlers of the methods of 2022. */
export function createEraHandlers({
  service,
  auth,
  callerOf,
  submitReset,
  policy,
}: HandlerOptions): EraHandlers {
  return {
    account: {
      create: create(service, callerOf),
      createInviteCode: createInviteCode(service, auth),
      delete: deleteAccount(service, auth, callerOf),
      get: get(service),
      requestPasswordReset: requestPasswordReset(service, callerOf),
      resetPassword: resetPassword(submitReset),
    },
    handle: { resolve: resolveHandle(service, policy.serviceDid) },
    server: {
      getAccountsConfig: getAccountsConfig({
        availableUserDomains: [...policy.handles.domains],
        inviteCodeRequired: policy.inviteRequired,
      }),
    },
    session: {
      create: createSession(service, callerOf),
      delete: deleteSession(service),
      get: getSession(auth),
      refresh: refreshSession(service, callerOf),
    },
  }
}
