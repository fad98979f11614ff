import type { Apps } from '../../http/apps.ts'
import type { TodaysHandlers } from '../../http/methods.ts'
import type { OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { ModerationPort } from '../moderation-port.ts'
import { deleteAccount } from './deleteAccount.ts'
import { disableAccountInvites } from './disableAccountInvites.ts'
import { disableInviteCodes } from './disableInviteCodes.ts'
import { enableAccountInvites } from './enableAccountInvites.ts'
import { getAccountInfo } from './getAccountInfo.ts'
import { getAccountInfos } from './getAccountInfos.ts'
import { getInviteCodes } from './getInviteCodes.ts'
import { getSubjectStatus } from './getSubjectStatus.ts'
import { searchAccounts } from './searchAccounts.ts'
import { sendEmail } from './sendEmail.ts'
import { updateAccountEmail } from './updateAccountEmail.ts'
import { updateAccountHandle } from './updateAccountHandle.ts'
import { updateAccountPassword } from './updateAccountPassword.ts'
import { updateAccountSigningKey } from './updateAccountSigningKey.ts'
import { updateSubjectStatus } from './updateSubjectStatus.ts'

export interface AdminHandlerParts {
  readonly apps: Apps
  readonly moderation: ModerationPort | undefined
}

/** Creates the handlers of `com.atproto.admin`. */
export function createAdminHandlers(
  operator: AccountOperator,
  verifiers: OperatorVerifiers,
  { apps, moderation }: AdminHandlerParts,
): TodaysHandlers['admin'] {
  return {
    deleteAccount: deleteAccount(operator, verifiers),
    disableAccountInvites: disableAccountInvites(operator, verifiers),
    disableInviteCodes: disableInviteCodes(operator, verifiers),
    enableAccountInvites: enableAccountInvites(operator, verifiers),
    getAccountInfo: getAccountInfo(operator, verifiers),
    getAccountInfos: getAccountInfos(operator, verifiers),
    getInviteCodes: getInviteCodes(operator, verifiers),
    getSubjectStatus: getSubjectStatus(operator, verifiers, moderation),
    searchAccounts: searchAccounts(operator, verifiers),
    sendEmail: sendEmail(operator, verifiers, apps),
    updateAccountEmail: updateAccountEmail(operator, verifiers),
    updateAccountHandle: updateAccountHandle(operator, verifiers),
    updateAccountPassword: updateAccountPassword(operator, verifiers),
    updateAccountSigningKey: updateAccountSigningKey(operator, verifiers),
    updateSubjectStatus: updateSubjectStatus(operator, verifiers, moderation),
  }
}
