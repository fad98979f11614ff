import type { TodaysMethod } from '@lexwright/account'
import type { Permissions } from './permissions.ts'

/** The parameters of a call, after validation. */
export type Params = Readonly<Record<string, unknown>>

/** Throws if an app may not call a method. */
type Rule = (permissions: Permissions, params: Params) => void

/**
 * - `no-session`: takes no token, or another kind than an app's.
 * - `refused`: for the owner only.
 */
type AccountMethodRule = Rule | 'no-session' | 'refused'

const anyApp: Rule = () => {}
const ownDid: Rule = (permissions) => permissions.assertIdentity({ attr: '*' })
const manageEmail: Rule = (permissions) =>
  permissions.assertAccount({ attr: 'email', action: 'manage' })
const manageStatus: Rule = (permissions) =>
  permissions.assertAccount({ attr: 'status', action: 'manage' })

/** The rule of each method of the account module for apps. New methods must be added here. */
export const accountMethodRules: Readonly<Record<TodaysMethod, AccountMethodRule>> = {
  'com.atproto.admin.deleteAccount': 'no-session',
  'com.atproto.admin.disableAccountInvites': 'no-session',
  'com.atproto.admin.disableInviteCodes': 'no-session',
  'com.atproto.admin.enableAccountInvites': 'no-session',
  'com.atproto.admin.getAccountInfo': 'no-session',
  'com.atproto.admin.getAccountInfos': 'no-session',
  'com.atproto.admin.getInviteCodes': 'no-session',
  'com.atproto.admin.getSubjectStatus': 'no-session',
  'com.atproto.admin.searchAccounts': 'no-session',
  'com.atproto.admin.sendEmail': 'no-session',
  'com.atproto.admin.updateAccountEmail': 'no-session',
  'com.atproto.admin.updateAccountHandle': 'no-session',
  'com.atproto.admin.updateAccountPassword': 'no-session',
  'com.atproto.admin.updateAccountSigningKey': 'no-session',
  'com.atproto.admin.updateSubjectStatus': 'no-session',
  'com.atproto.identity.getRecommendedDidCredentials': anyApp,
  'com.atproto.identity.refreshIdentity': 'no-session',
  'com.atproto.identity.requestPlcOperationSignature': ownDid,
  'com.atproto.identity.resolveDid': 'no-session',
  'com.atproto.identity.resolveHandle': 'no-session',
  'com.atproto.identity.resolveIdentity': 'no-session',
  'com.atproto.identity.signPlcOperation': ownDid,
  'com.atproto.identity.submitPlcOperation': ownDid,
  'com.atproto.identity.updateHandle': (permissions) =>
    permissions.assertIdentity({ attr: 'handle' }),
  'com.atproto.server.activateAccount': manageStatus,
  'com.atproto.server.checkAccountStatus': (permissions) =>
    permissions.assertAccount({ attr: 'repo', action: 'read' }),
  'com.atproto.server.confirmEmail': manageEmail,
  'com.atproto.server.createAccount': 'no-session',
  'com.atproto.server.createAppPassword': 'refused',
  'com.atproto.server.createInviteCode': 'no-session',
  'com.atproto.server.createInviteCodes': 'no-session',
  'com.atproto.server.createSession': 'no-session',
  'com.atproto.server.deactivateAccount': manageStatus,
  'com.atproto.server.deleteAccount': 'no-session',
  'com.atproto.server.deleteSession': 'no-session',
  'com.atproto.server.describeServer': 'no-session',
  'com.atproto.server.getAccountInviteCodes': 'refused',
  'com.atproto.server.getServiceAuth': (permissions, { aud = '*', lxm = '*' }) =>
    permissions.assertRpc({ aud: String(aud), lxm: String(lxm) }),
  'com.atproto.server.getSession': anyApp,
  'com.atproto.server.listAppPasswords': 'refused',
  'com.atproto.server.refreshSession': 'no-session',
  'com.atproto.server.requestAccountDelete': 'refused',
  'com.atproto.server.requestEmailConfirmation': manageEmail,
  'com.atproto.server.requestEmailUpdate': manageEmail,
  'com.atproto.server.requestPasswordReset': 'no-session',
  'com.atproto.server.reserveSigningKey': 'no-session',
  'com.atproto.server.resetPassword': 'no-session',
  'com.atproto.server.revokeAppPassword': 'refused',
  'com.atproto.server.updateEmail': manageEmail,
  'com.atproto.temp.checkHandleAvailability': 'no-session',
  'com.atproto.temp.checkSignupQueue': anyApp,
}
