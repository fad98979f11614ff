export type { AccountService } from './account-service.ts'
export type {
  AppPassword,
  AppPasswordRequest,
  CreatedAppPassword,
} from './app-passwords/app-passwords.ts'
export type { AccountChange, ChangeKind } from './changes/account-change.ts'
export type { AccountChanges, RecordedChange } from './changes/read-changes.ts'
export type { HashingLoad } from './crypto/password-hasher.ts'
export type { RandomBytes } from './crypto/random.ts'
export type { TokenKind, TokenPayload } from './crypto/token-claims.ts'
export type { Addressed, TokenCheck, TokenScheme } from './crypto/token-signer.ts'
export type { TokenKey } from './crypto/tokens.ts'
export type { AccountProfile } from './db/account-profile.ts'
export type { AccessScope, AccountStatus } from './db/tables.ts'
export type { ChangeEmailRequest } from './email/change-email.ts'
export type { ConfirmEmailRequest } from './email/confirm-email.ts'
export * from './errors.ts'
export type { AccountEvent, AccountObserver } from './events.ts'
export type { ChangeHandleRequest } from './handles/change-handle.ts'
export type { HandleAvailability } from './handles/check-availability.ts'
export { defaultReservedLabels } from './handles/reserved-labels.ts'
export type { AccessAuth, AdminAuth, AuthContext, AuthVerifiers } from './http/auth.ts'
export type { LimitedCall } from './http/call-limits.ts'
export type { IdentifiedRequest } from './http/identified-request.ts'
export {
  type AccountMethod,
  type EraMethod,
  eraMethods,
  type ServerWith,
  type TodaysMethod,
  todaysMethods,
} from './http/methods.ts'
export type { PageCalls, PageCredentials } from './http/page-calls.ts'
export type { TodaysVerifiers } from './http/todays-auth.ts'
export type { DidDocument } from './identity/did-document.ts'
export {
  type DidUpdates,
  type IdentityProvider,
  type LoggedOperation,
  type Publication,
  PublicationRefused,
  type PublishedLog,
  type SignedGenesis,
  type SignedUpdate,
} from './identity/identity.ts'
export { createLocalIdentity } from './identity/local-identity.ts'
export type { DidData, DidService } from './identity/operation.ts'
export {
  createPlcIdentity,
  DirectoryUnavailable,
  type PlcIdentityOptions,
} from './identity/plc-identity.ts'
export type { ReconciliationReport } from './identity/reconcile-identities.ts'
export type { ResolvedIdentity } from './identity/resolve-identity.ts'
export type { IdentityResolver } from './identity/resolver.ts'
export type { UpdateReport } from './identity/run-updates.ts'
export type { SignOperationRequest } from './identity/sign-operation.ts'
export type {
  AccountInvites,
  BlockRequest,
  InvitesRequest,
  UsedInvite,
} from './invites/account-invites.ts'
export type { InviteRequest } from './invites/create-invite-code.ts'
export type { Invite, InviteQuery } from './invites/manage-invite-codes.ts'
export type { AccountKeys } from './keys/account-keys.ts'
export type { ExportedKey } from './keys/export-key.ts'
export type { ResealReport } from './keys/reseal-keys.ts'
export type { ServiceAuthRequest } from './keys/service-auth.ts'
export type { ConfirmDeletionRequest } from './lifecycle/confirm-deletion.ts'
export type { DeactivateRequest } from './lifecycle/deactivate-account.ts'
export type { DeleteAccountRequest } from './lifecycle/delete-account.ts'
export type { Caller, CountedCaller } from './limits/caller.ts'
export {
  defaultLimits,
  type Limit,
  type LimitName,
  type LimitStatus,
  type Limits,
} from './limits/limits.ts'
export type { Charge, RateLimitStore, Usage } from './limits/rate-limit-store.ts'
export {
  type AccountMail,
  type AccountMailer,
  type MailData,
  type MailWriter,
  writeMail,
} from './mail/account-mail.ts'
export { createFileMailer, type FileMailerOptions } from './mail/file-mailer.ts'
export type { MailPages, PagedMail } from './mail/mail-page.ts'
export { MailError, type Mailer, type MailMessage } from './mail/mailer.ts'
export type { Mail, MailQuery } from './mail/manage-mails.ts'
export { createSmtpMailer, type SmtpMailerOptions } from './mail/smtp-mailer.ts'
export { Html, html } from './mail/templates/html.ts'
export type { MailSettings, RenderedMail } from './mail/templates/render-mail.ts'
export {
  type AccountModule,
  type AccountServer,
  createAccountModule,
  migrateAccounts,
} from './module.ts'
export type { AccountInfo, MailRequest } from './operator/account-info.ts'
export type { AccountOperator } from './operator/account-operator.ts'
export type { AdminCredentials } from './operator/authenticate-admin.ts'
export type { AccountCounts, Backlog } from './operator/backlog-store.ts'
export type {
  AccountDetails,
  AccountQuery,
  AccountSummary,
} from './operator/find-accounts.ts'
export type { ImportProblem, ImportReport } from './operator/import-accounts.ts'
export type { SessionQuery } from './operator/manage-sessions.ts'
export type { ModeratedSubject, ModerationPort, Takedown } from './operator/moderation-port.ts'
export type { Page } from './operator/page.ts'
export type { NewCredentials } from './operator/set-password.ts'
export type {
  AccountCreated,
  AccountDeleted,
  AccountHooks,
  AccountModuleOptions,
  AccountPurged,
  AccountRestored,
  AccountSecrets,
  CheckedLogin,
  Clock,
  HandleChanged,
  Logger,
  PasswordReset,
  RateLimitOptions,
  RepositoryPort,
  RepositoryStatus,
} from './options.ts'
export type { ResetPasswordRequest } from './password-reset/reset-password.ts'
export type { AccountPolicy, ServiceContact } from './policy.ts'
export type { CreateAccountRequest, CreatedAccount } from './registration/create-account.ts'
export type { OwnedAccountRequest } from './registration/create-for-owner.ts'
export type { MoveInRequest } from './registration/move-in.ts'
export type { BreachedPasswords } from './registration/password.ts'
export {
  createPwnedPasswords,
  type PwnedPasswordsOptions,
} from './registration/pwned-passwords.ts'
export {
  type HashReport,
  type SecretName,
  type SecretReport,
  type SecretState,
  WrongSecrets,
} from './secrets/check-secrets.ts'
export type { AccessGrant, Admission } from './sessions/authenticate.ts'
export type { OwnerCredentials } from './sessions/check-owner.ts'
export type { LiveSession } from './sessions/live-sessions.ts'
export type { LoginRequest, ProvenOwner, SignedIn } from './sessions/log-in.ts'
export type { RefreshedSession } from './sessions/refresh-session.ts'
export type { SessionAccount } from './sessions/session-account.ts'
