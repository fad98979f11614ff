import type {
  ComAtprotoAccountHandlers,
  ComAtprotoHandleHandlers,
  ComAtprotoServerHandlers,
  ComAtprotoSessionHandlers,
} from '@lexwright/generated'
import type { ResolvedPolicy } from '../policy.ts'
import type { AccountService } from '../service/account-service.ts'
import { create } from './account/create.ts'
import { createInviteCode } from './account/createInviteCode.ts'
import { deleteAccount } from './account/delete.ts'
import { get } from './account/get.ts'
import { requestPasswordReset } from './account/requestPasswordReset.ts'
import { resetPassword, type SubmitReset } from './account/resetPassword.ts'
import type { AuthVerifiers } from './auth.ts'
import { resolveHandle } from './handle/resolve.ts'
import type { CallLimits } from './rate-limits.ts'
import { getAccountsConfig } from './server/getAccountsConfig.ts'
import { createSession } from './session/create.ts'
import { deleteSession } from './session/delete.ts'
import { getSession } from './session/get.ts'
import { refreshSession } from './session/refresh.ts'

export interface HandlerOptions {
  readonly service: AccountService
  readonly auth: AuthVerifiers
  readonly limits: CallLimits
  readonly submitReset: SubmitReset
  readonly policy: Pick<ResolvedPolicy, 'serviceDid' | 'handles' | 'inviteRequired'>
}

/** Every handler, by namespace; the types know when one is missing. */
export interface Handlers {
  readonly account: ComAtprotoAccountHandlers
  readonly handle: ComAtprotoHandleHandlers
  readonly server: ComAtprotoServerHandlers
  readonly session: ComAtprotoSessionHandlers
}

export function createHandlers({
  service,
  auth,
  limits,
  submitReset,
  policy,
}: HandlerOptions): Handlers {
  return {
    account: {
      create: create(service, limits),
      createInviteCode: createInviteCode(service, auth),
      delete: deleteAccount(service, auth, limits),
      get: get(service),
      requestPasswordReset: requestPasswordReset(service, limits),
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
      create: createSession(service, limits),
      delete: deleteSession(service),
      get: getSession(auth),
      refresh: refreshSession(service),
    },
  }
}
