import type { TodaysHandlers } from '../../http/methods.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AdminVerifier } from './admin-verifier.ts'
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

/** Makes the handlers of `com.atproto.admin`. */
export function createAdminHandlers(
  operator: AccountOperator,
  verifier: AdminVerifier,
): TodaysHandlers['admin'] {
  return {
    deleteAccount: deleteAccount(operator, verifier),
    disableAccountInvites: disableAccountInvites(operator, verifier),
    disableInviteCodes: disableInviteCodes(operator, verifier),
    enableAccountInvites: enableAccountInvites(operator, verifier),
    getAccountInfo: getAccountInfo(operator, verifier),
    getAccountInfos: getAccountInfos(operator, verifier),
    getInviteCodes: getInviteCodes(operator, verifier),
    getSubjectStatus: getSubjectStatus(operator, verifier),
    searchAccounts: searchAccounts(operator, verifier),
    sendEmail: sendEmail(operator, verifier),
    updateAccountEmail: updateAccountEmail(operator, verifier),
    updateAccountHandle: updateAccountHandle(operator, verifier),
    updateAccountPassword: updateAccountPassword(operator, verifier),
    updateAccountSigningKey: updateAccountSigningKey(operator, verifier),
    updateSubjectStatus: updateSubjectStatus(operator, verifier),
  }
}
