import type {
  ComAtprotoAccountHandlers,
  ComAtprotoAdminHandlers,
  ComAtprotoHandleHandlers,
  ComAtprotoIdentityHandlers,
  ComAtprotoNS,
  ComAtprotoServerHandlers,
  ComAtprotoSessionHandlers,
  ComAtprotoTempHandlers,
} from '@lexwright/generated'

/** The handlers of the methods of 2022, by namespace. */
export interface EraHandlers {
  readonly account: ComAtprotoAccountHandlers
  readonly handle: ComAtprotoHandleHandlers
  readonly server: Pick<ComAtprotoServerHandlers, 'getAccountsConfig'>
  readonly session: ComAtprotoSessionHandlers
}

/** The handlers of today's methods, by namespace. */
export interface TodaysHandlers {
  readonly admin: ComAtprotoAdminHandlers
  readonly identity: Pick<
    ComAtprotoIdentityHandlers,
    | 'getRecommendedDidCredentials'
    | 'refreshIdentity'
    | 'resolveDid'
    | 'resolveHandle'
    | 'requestPlcOperationSignature'
    | 'resolveIdentity'
    | 'signPlcOperation'
    | 'submitPlcOperation'
    | 'updateHandle'
  >
  readonly server: Pick<
    ComAtprotoServerHandlers,
    | 'activateAccount'
    | 'checkAccountStatus'
    | 'confirmEmail'
    | 'createAppPassword'
    | 'createInviteCode'
    | 'createInviteCodes'
    | 'deactivateAccount'
    | 'deleteAccount'
    | 'getAccountInviteCodes'
    | 'listAppPasswords'
    | 'requestAccountDelete'
    | 'revokeAppPassword'
    | 'createAccount'
    | 'createSession'
    | 'deleteSession'
    | 'describeServer'
    | 'getServiceAuth'
    | 'getSession'
    | 'refreshSession'
    | 'requestEmailConfirmation'
    | 'requestEmailUpdate'
    | 'requestPasswordReset'
    | 'reserveSigningKey'
    | 'resetPassword'
    | 'updateEmail'
  >
  readonly temp: Pick<ComAtprotoTempHandlers, 'checkHandleAvailability' | 'checkSignupQueue'>
}

/** The NSIDs of handlers by namespace. */
type MethodsOf<Handlers> = {
  [Namespace in keyof Handlers &
    string]: `com.atproto.${Namespace}.${keyof Handlers[Namespace] & string}`
}[keyof Handlers & string]

/** A method of 2022. */
export type EraMethod = MethodsOf<EraHandlers>

/** A method of today's clients. */
export type TodaysMethod = MethodsOf<TodaysHandlers>

/** A method that the module implements. */
export type AccountMethod = EraMethod | TodaysMethod

/** The methods of 2022. */
export const eraMethods: readonly EraMethod[] = [
  'com.atproto.account.create',
  'com.atproto.account.createInviteCode',
  'com.atproto.account.delete',
  'com.atproto.account.get',
  'com.atproto.account.requestPasswordReset',
  'com.atproto.account.resetPassword',
  'com.atproto.handle.resolve',
  'com.atproto.server.getAccountsConfig',
  'com.atproto.session.create',
  'com.atproto.session.delete',
  'com.atproto.session.get',
  'com.atproto.session.refresh',
]

/** Today's methods that the module implements. */
export const todaysMethods: readonly TodaysMethod[] = [
  'com.atproto.admin.deleteAccount',
  'com.atproto.admin.disableAccountInvites',
  'com.atproto.admin.disableInviteCodes',
  'com.atproto.admin.enableAccountInvites',
  'com.atproto.admin.getAccountInfo',
  'com.atproto.admin.getAccountInfos',
  'com.atproto.admin.getInviteCodes',
  'com.atproto.admin.getSubjectStatus',
  'com.atproto.admin.searchAccounts',
  'com.atproto.admin.sendEmail',
  'com.atproto.admin.updateAccountEmail',
  'com.atproto.admin.updateAccountHandle',
  'com.atproto.admin.updateAccountPassword',
  'com.atproto.admin.updateAccountSigningKey',
  'com.atproto.admin.updateSubjectStatus',
  'com.atproto.identity.getRecommendedDidCredentials',
  'com.atproto.identity.refreshIdentity',
  'com.atproto.identity.requestPlcOperationSignature',
  'com.atproto.identity.resolveDid',
  'com.atproto.identity.resolveHandle',
  'com.atproto.identity.resolveIdentity',
  'com.atproto.identity.signPlcOperation',
  'com.atproto.identity.submitPlcOperation',
  'com.atproto.identity.updateHandle',
  'com.atproto.server.activateAccount',
  'com.atproto.server.checkAccountStatus',
  'com.atproto.server.confirmEmail',
  'com.atproto.server.createAppPassword',
  'com.atproto.server.createInviteCode',
  'com.atproto.server.createInviteCodes',
  'com.atproto.server.deactivateAccount',
  'com.atproto.server.deleteAccount',
  'com.atproto.server.getAccountInviteCodes',
  'com.atproto.server.listAppPasswords',
  'com.atproto.server.requestAccountDelete',
  'com.atproto.server.revokeAppPassword',
  'com.atproto.server.createAccount',
  'com.atproto.server.createSession',
  'com.atproto.server.deleteSession',
  'com.atproto.server.describeServer',
  'com.atproto.server.getServiceAuth',
  'com.atproto.server.getSession',
  'com.atproto.server.refreshSession',
  'com.atproto.server.requestEmailConfirmation',
  'com.atproto.server.requestEmailUpdate',
  'com.atproto.server.requestPasswordReset',
  'com.atproto.server.reserveSigningKey',
  'com.atproto.server.resetPassword',
  'com.atproto.server.updateEmail',
  'com.atproto.temp.checkHandleAvailability',
  'com.atproto.temp.checkSignupQueue',
]

/** A generated server with certain methods, generated from these or other lexicons. */
export interface ServerWith<Method extends AccountMethod> {
  readonly com: {
    readonly atproto: {
      readonly [Namespace in NamespaceOf<Method>]: Pick<
        ComAtprotoNS[Namespace],
        NameIn<Method, Namespace> & keyof ComAtprotoNS[Namespace]
      >
    }
  }
}

type NamespaceOf<Method> = Method extends `com.atproto.${infer Namespace}.${string}`
  ? Namespace & keyof ComAtprotoNS
  : never

type NameIn<
  Method,
  Namespace extends string,
> = Method extends `com.atproto.${Namespace}.${infer Name}` ? Name : never
