export type { RandomBytes } from './crypto/random.ts'
export type { TokenKey } from './crypto/tokens.ts'
export * from './errors.ts'
export type { AccessAuth, AdminAuth, AuthContext, AuthVerifiers } from './handlers/auth.ts'
export type { LimitedCall } from './handlers/rate-limits.ts'
export {
  type IdentityProvider,
  type Publication,
  PublicationRefused,
  type SignedGenesis,
} from './identity/identity.ts'
export { createLocalIdentity } from './identity/local-identity.ts'
export {
  createPlcIdentity,
  DirectoryUnavailable,
  type PlcIdentityOptions,
} from './identity/plc-identity.ts'
export { defaultLimits, type Limit, type LimitName, type Limits } from './limits/limits.ts'
export type { Charge, RateLimitStore, Usage } from './limits/rate-limit-store.ts'
export { createFileMailer, type FileMailerOptions } from './mail/file-mailer.ts'
export { MailError, type Mailer, type MailMessage } from './mail/mailer.ts'
export { createSmtpMailer, type SmtpMailerOptions } from './mail/smtp-mailer.ts'
export { Html, html } from './mail/templates/html.ts'
export {
  type AccountModule,
  type AccountServer,
  createAccountModule,
  migrateAccounts,
} from './module.ts'
export type {
  AccountCreated,
  AccountDeleted,
  AccountHooks,
  AccountModuleOptions,
  AccountPurged,
  AccountRestored,
  AccountSecrets,
  Clock,
  Logger,
  PasswordReset,
  RateLimitOptions,
} from './options.ts'
export type { AccountPolicy } from './policy.ts'
export type { AccountService } from './service/account-service.ts'
export type { AccessGrant } from './service/authenticate.ts'
export type { CreateAccountRequest, CreatedAccount } from './service/create-account.ts'
export type { InviteRequest } from './service/create-invite-code.ts'
export type { DeleteAccountRequest } from './service/delete-account.ts'
export { type FaultPoint, faultPoints, type ReachFaultPoint } from './service/fault-points.ts'
export type { LoginRequest, SignedIn } from './service/log-in.ts'
export type { AccountOperator } from './service/operator/account-operator.ts'
export type {
  AccountDetails,
  AccountQuery,
  AccountSummary,
} from './service/operator/accounts.ts'
export type { Invite, InviteQuery } from './service/operator/invites.ts'
export type { Page } from './service/operator/page.ts'
export type { ResealReport } from './service/operator/reseal-keys.ts'
export type { NewCredentials } from './service/operator/set-password.ts'
export type { ReconciliationReport } from './service/reconcile-identities.ts'
export type { ResetPasswordRequest } from './service/reset-password.ts'
export type { BreachedPasswords } from './service/rules/password.ts'
export {
  createPwnedPasswords,
  type PwnedPasswordsOptions,
} from './service/rules/pwned-passwords.ts'
export { defaultReservedLabels } from './service/rules/reserved-labels.ts'
export type { AccountProfile, AccountStatus } from './store/account-store.ts'
export type { Backlog } from './store/backlog-store.ts'
