/**
 * `@lexwright/account/extension`: for packages with tables of their own beside the module's, such
 * as `@lexwright/oauth`. Not covered by semantic versioning: both must have the same version.
 */
import type { Keypair } from '@atproto/crypto'
import type { ChangeFollower } from './changes/announce.ts'
import type { TokenScheme } from './crypto/token-signer.ts'
import type { AuditEntry } from './db/audit-store.ts'
import type { Queries } from './db/database.ts'
import type { Migration } from './db/migrations.ts'
import type { AdmitApp } from './http/apps.ts'
import type { CallerOf } from './http/call-limits.ts'
import type { IdentityProvider, PublishedLog } from './identity/identity.ts'
import type { DidData, Operation } from './identity/operation.ts'
import type { HostedIdentityProvider } from './identity/repositories.ts'
import type { Caller } from './limits/caller.ts'
import type { LimitName } from './limits/limits.ts'
import type { AccountModule } from './module.ts'
import type { FindHostOperator } from './operator/authenticate-admin.ts'
import type { Logger } from './options.ts'
import type { ResolvedPolicy } from './policy.ts'

export type { AccountChange } from './changes/account-change.ts'
export type { ChangeFollower, ChangeTransaction } from './changes/announce.ts'
export { equalInConstantTime } from './crypto/constant-time.ts'
export { TOKEN_TYPES, TokenError } from './crypto/token-claims.ts'
export { MAX_TOKEN_LENGTH, SKEW_SECONDS } from './crypto/token-signer.ts'
export type { AuditEntry } from './db/audit-store.ts'
export { type Queries, retryConflicts } from './db/database.ts'
export { createLookup, POSITION } from './db/lookup.ts'
export { migrateSteps, type StepsOptions } from './db/migrate-steps.ts'
export type { Migration } from './db/migrations.ts'
export {
  isDatabaseUnavailable,
  isTransactionConflict,
  violatedUniqueConstraint,
} from './db/postgres-errors.ts'
export type { AccountStatus, AccountTables } from './db/tables.ts'
export { type NullableTimestamp, type Timestamp, toDate } from './db/timestamps.ts'
export type { AdmitApp, AppCaller } from './http/apps.ts'
export type { CallerOf } from './http/call-limits.ts'
export { type DidData, type Operation, readOperation } from './identity/operation.ts'
export type {
  ArrivalPlace,
  Arrivals,
  ArrivingAccount,
  HostedIdentityProvider,
  RepositoryHome,
  RepositoryHosts,
  RepositoryPlace,
} from './identity/repositories.ts'
export {
  type BackgroundJob,
  type BackgroundJobOptions,
  createBackgroundJob,
} from './jobs/background-job.ts'
export { type Backoff, backoffSeconds } from './jobs/backoff.ts'
export { isProtectedMethod } from './keys/service-auth.ts'
export type { Caller } from './limits/caller.ts'
export type { FindHostOperator, HostOperator } from './operator/authenticate-admin.ts'
export type { Logger } from './options.ts'
export type { ResolvedPolicy } from './policy.ts'

/** Internals of a module for extension packages. */
export interface AccountExtension {
  /** The tables of the module; those of the package are in the same schema. */
  readonly queries: Queries
  /**
   * Applies pending migrations and returns their names, which must begin with the name of the
   * package.
   */
  migrate(steps: readonly Migration[]): Promise<readonly string[]>
  audit(entry: AuditEntry): Promise<void>
  /** The time for irreversible decisions. */
  now(): Promise<Date>
  readonly policy: ResolvedPolicy
  readonly callerOf: CallerOf
  /**
   * Counts a request of a caller against a limit.
   *
   * @throws {RateLimitExceeded}
   */
  spend(limit: LimitName, caller: Caller): Promise<void>
  /**
   * Lets apps call today's methods. `admit` is called first, for each call that requires a session.
   * Several are tried in order until one recognizes the call.
   */
  admitApps(admit: AdmitApp): void
  /** Lets operators of hosts change the email address and password of accounts on their host. */
  admitHostOperators(findHost: FindHostOperator): void
  /** Calls `follow` for every change to an account, in the transaction of the change. */
  followChanges(follow: ChangeFollower): void
  /** Replaces the module's provider of DIDs, for example by one that wraps it, and returns it. */
  publishThrough<Provider extends HostedIdentityProvider>(
    wrap: (identity: IdentityProvider) => Provider,
  ): Provider
  /** The public rotation key of the service, as `did:key`. */
  readonly rotationKey: string
  /**
   * Signs an operation on top of `head`; returns its JSON text.
   *
   * @param signer a rotation key other than the service's.
   */
  signUpdate(
    head: Operation,
    change: (data: DidData) => Partial<DidData>,
    signer?: Keypair,
  ): Promise<string>
  /** Signs a tombstone on top of `head`; returns its JSON text. */
  signEnd(head: Operation): Promise<string>
  /**
   * Mirrors the log of a DID and makes changes of the package in the same transaction, which locks
   * the account.
   */
  followLog(
    published: PublishedLog & { readonly did: string },
    change: (queries: Queries) => Promise<void>,
  ): Promise<void>
  /** Signs and verifies session tokens; undefined for the default scheme. */
  readonly tokens: TokenScheme | undefined
  /** Encrypts a secret for storage. */
  seal(secret: Uint8Array, owner: string): Uint8Array
  /**
   * Decrypts the result of {@link AccountExtension.seal}, also with a former key encryption key.
   *
   * @throws {SealError} if none fits.
   */
  open(sealed: Uint8Array, owner: string): Uint8Array
  readonly logger: Logger
}

const extensions = new WeakMap<AccountModule, AccountExtension>()

/** @throws {TypeError} if another copy of this package created the module. */
export function extensionOf(accounts: AccountModule): AccountExtension {
  const extension = extensions.get(accounts)
  if (extension === undefined) {
    throw new TypeError(
      'The account module was created by another copy of @lexwright/account; install only one version',
    )
  }
  return extension
}

export function setExtension(accounts: AccountModule, extension: AccountExtension): void {
  extensions.set(accounts, extension)
}
