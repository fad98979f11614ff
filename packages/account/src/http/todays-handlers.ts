import type { AccountService } from '../account-service.ts'
import { createAppPassword } from '../app-passwords/handlers/createAppPassword.ts'
import { listAppPasswords } from '../app-passwords/handlers/listAppPasswords.ts'
import { revokeAppPassword } from '../app-passwords/handlers/revokeAppPassword.ts'
import { confirmEmail } from '../email/handlers/confirmEmail.ts'
import { requestEmailConfirmation } from '../email/handlers/requestEmailConfirmation.ts'
import { requestEmailUpdate } from '../email/handlers/requestEmailUpdate.ts'
import { updateEmail } from '../email/handlers/updateEmail.ts'
import { checkHandleAvailability } from '../handles/handlers/checkHandleAvailability.ts'
import { resolveHandle } from '../handles/handlers/resolveHandle.ts'
import { updateHandle } from '../handles/handlers/updateHandle.ts'
import { getRecommendedDidCredentials } from '../identity/handlers/getRecommendedDidCredentials.ts'
import { refreshIdentity } from '../identity/handlers/refreshIdentity.ts'
import { requestPlcOperationSignature } from '../identity/handlers/requestPlcOperationSignature.ts'
import { resolveDid } from '../identity/handlers/resolveDid.ts'
import { resolveIdentity } from '../identity/handlers/resolveIdentity.ts'
import { signPlcOperation } from '../identity/handlers/signPlcOperation.ts'
import { submitPlcOperation } from '../identity/handlers/submitPlcOperation.ts'
import { createInviteCodes } from '../invites/handlers/createInviteCodes.ts'
import { createServerInviteCode } from '../invites/handlers/createServerInviteCode.ts'
import { getAccountInviteCodes } from '../invites/handlers/getAccountInviteCodes.ts'
import { getServiceAuth } from '../keys/handlers/getServiceAuth.ts'
import { reserveSigningKey } from '../keys/handlers/reserveSigningKey.ts'
import { activateAccount } from '../lifecycle/handlers/activateAccount.ts'
import { checkAccountStatus } from '../lifecycle/handlers/checkAccountStatus.ts'
import { deactivateAccount } from '../lifecycle/handlers/deactivateAccount.ts'
import { confirmDeletion } from '../lifecycle/handlers/deleteAccount.ts'
import { requestAccountDelete } from '../lifecycle/handlers/requestAccountDelete.ts'
import type { AccountOperator } from '../operator/account-operator.ts'
import { createAdminHandlers } from '../operator/handlers/admin-handlers.ts'
import type { ModerationPort } from '../operator/moderation-port.ts'
import type { RepositoryPort } from '../options.ts'
import { requestPasswordReset } from '../password-reset/handlers/requestPasswordReset.ts'
import { resetPassword, type SubmitReset } from '../password-reset/handlers/resetPassword.ts'
import type { ResolvedPolicy } from '../policy.ts'
import { checkSignupQueue } from '../registration/handlers/checkSignupQueue.ts'
import { createAccount } from '../registration/handlers/createAccount.ts'
import { describeServer } from '../registration/handlers/describeServer.ts'
import { createSession } from '../sessions/handlers/createSession.ts'
import { deleteSession } from '../sessions/handlers/deleteSession.ts'
import { getSession } from '../sessions/handlers/getSession.ts'
import { refreshSession } from '../sessions/handlers/refreshSession.ts'
import type { Apps } from './apps.ts'
import type { CallerOf } from './call-limits.ts'
import type { TodaysHandlers } from './methods.ts'
import type { OperatorVerifiers } from './moderator-auth.ts'
import type { TodaysVerifiers } from './todays-auth.ts'

export interface TodaysHandlerOptions {
  readonly service: AccountService
  readonly auth: TodaysVerifiers
  readonly operatorAuth: OperatorVerifiers
  readonly apps: Apps
  readonly operator: AccountOperator
  readonly callerOf: CallerOf
  readonly submitReset: SubmitReset
  readonly policy: ResolvedPolicy
  readonly repositories?: RepositoryPort | undefined
  readonly moderation?: ModerationPort | undefined
}

/** Creates the handlers of today's methods. */
export function createTodaysHandlers({
  service,
  auth,
  operatorAuth,
  apps,
  operator,
  callerOf,
  submitReset,
  policy,
  repositories,
  moderation,
}: TodaysHandlerOptions): TodaysHandlers {
  return {
    admin: createAdminHandlers(operator, operatorAuth, { apps, moderation }),
    identity: {
      getRecommendedDidCredentials: getRecommendedDidCredentials(service, auth),
      refreshIdentity: refreshIdentity(service, callerOf),
      resolveDid: resolveDid(service),
      resolveHandle: resolveHandle(service),
      requestPlcOperationSignature: requestPlcOperationSignature(service, auth, callerOf),
      resolveIdentity: resolveIdentity(service),
      signPlcOperation: signPlcOperation(service, auth, callerOf),
      submitPlcOperation: submitPlcOperation(service, auth),
      updateHandle: updateHandle(service, auth, callerOf),
    },
    server: {
      activateAccount: activateAccount(service, auth),
      checkAccountStatus: checkAccountStatus(service, { auth, repositories }),
      createAppPassword: createAppPassword(service, auth),
      createInviteCode: createServerInviteCode(service, operatorAuth),
      createInviteCodes: createInviteCodes(service, operatorAuth),
      deactivateAccount: deactivateAccount(service, auth),
      deleteAccount: confirmDeletion(service, callerOf),
      getAccountInviteCodes: getAccountInviteCodes(service, auth),
      listAppPasswords: listAppPasswords(service, auth),
      requestAccountDelete: requestAccountDelete(service, auth, callerOf),
      revokeAppPassword: revokeAppPassword(service, auth),
      confirmEmail: confirmEmail(service, auth, callerOf),
      createAccount: createAccount(service, { callerOf, serviceDid: policy.serviceDid }),
      createSession: createSession(service, callerOf),
      deleteSession: deleteSession(service),
      describeServer: describeServer(policy),
      getServiceAuth: getServiceAuth(service, auth),
      getSession: getSession(service, apps),
      refreshSession: refreshSession(service, callerOf),
      requestEmailConfirmation: requestEmailConfirmation(service, auth, callerOf),
      requestEmailUpdate: requestEmailUpdate(service, auth, callerOf),
      requestPasswordReset: requestPasswordReset(service, callerOf),
      reserveSigningKey: reserveSigningKey(service, callerOf),
      resetPassword: resetPassword(submitReset),
      updateEmail: updateEmail(service, auth, callerOf),
    },
    temp: {
      checkHandleAvailability: checkHandleAvailability(service, callerOf),
      checkSignupQueue: checkSignupQueue(auth),
    },
  }
}
