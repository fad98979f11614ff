import type { IncomingMessage } from 'node:http'
import type { Keypair } from '@atproto/crypto'
import type { Kysely, Transaction } from 'kysely'
import type { AccountChange } from './changes/account-change.ts'
import type { RandomBytes } from './crypto/random.ts'
import type { TokenScheme } from './crypto/token-signer.ts'
import type { TokenKey } from './crypto/tokens.ts'
import type { AccountObserver } from './events.ts'
import type { IdentityProvider } from './identity/identity.ts'
import type { IdentityResolver } from './identity/resolver.ts'
import type { Limits } from './limits/limits.ts'
import type { RateLimitStore } from './limits/rate-limit-store.ts'
import type { AccountMailer } from './mail/account-mail.ts'
import type { ModerationPort } from './operator/moderation-port.ts'
import type { AccountPolicy } from './policy.ts'

/**
 * Options of {@link createAccountModule}. Only `db`, `mailer`, `secrets` and `policy` are required.
 */
export interface AccountModuleOptions<HostTables> {
  /**
   * The host's own Kysely, on any PostgreSQL. The module uses only its own schema, ignores plugins,
   * and never closes it.
   */
  readonly db: Kysely<HostTables>
  /** Schema of the module's tables; `lexwright_account` by default. */
  readonly schema?: string
  /** Publishes new DIDs; without it they are signed, stored and published later. */
  readonly identity?: IdentityProvider
  /**
   * Resolves handles and DIDs outside the service: an `IdResolver` of `@atproto/identity`. Without
   * it, handles of other domains and accounts moving in are refused.
   */
  readonly resolver?: IdentityResolver
  /** Sends mails written by the module, or writes them itself. The caller closes it. */
  readonly mailer: AccountMailer
  /**
   * The language of an account's owner, such as `pt-BR` (BCP 47), for a mailer that writes mails
   * itself.
   */
  readonly mailLanguage?: (did: string) => Promise<string | undefined>
  readonly secrets: AccountSecrets
  /** Signs session tokens instead of `secrets.jwtKeys`, for a service in front of others. */
  readonly tokens?: TokenScheme
  readonly policy: AccountPolicy
  readonly hooks?: AccountHooks<HostTables>
  /**
   * Called for each login with the right password, before its session begins: for second factors of
   * the host. Throws to refuse, for example an `XRPCError` named `AuthFactorTokenRequired`. Applies
   * to clients of 2022 and today.
   */
  readonly checkLogin?: (login: CheckedLogin) => Promise<void>
  /** Repository data for `checkAccountStatus`, which is 501 without it. */
  readonly repositories?: RepositoryPort
  /** Moderation of records and blobs. Without it, takedowns get 501, and lookups find nothing. */
  readonly moderation?: ModerationPort
  /**
   * Rate limits; those of `limits.ts` by default. False turns them off, and lets each caller fill
   * the whole hashing queue.
   */
  readonly rateLimits?: RateLimitOptions | false
  /** The clock; the database's by default. */
  readonly clock?: Clock
  readonly random?: RandomBytes
  /** A pino logger or a compatible one; silent by default. */
  readonly logger?: Logger
  /** Called with countable events, for metrics. */
  readonly observe?: AccountObserver
}

/** A login with the right password. */
export interface CheckedLogin {
  readonly did: string
  readonly handle: string
  /** As submitted by the client. */
  readonly authFactorToken: string | undefined
}

/** Account data that only the host of repositories has. */
export interface RepositoryPort {
  describe(did: string): Promise<RepositoryStatus>
}

/** The state of a repository, as returned by `com.atproto.server.checkAccountStatus`. */
export interface RepositoryStatus {
  readonly repoCommit: string
  readonly repoRev: string
  readonly repoBlocks: number
  readonly indexedRecords: number
  readonly privateStateValues: number
  readonly expectedBlobs: number
  readonly importedBlobs: number
}

export interface RateLimitOptions {
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>
  /** Creates the shared store of counters; receives the default, a table of the module. */
  readonly store?: (table: RateLimitStore) => RateLimitStore
  /** Requests with this key in the header `x-ratelimit-bypass` are not counted. */
  readonly bypassKey?: string
  /**
   * The client address of a request. By default Express's `req.ip`, which follows `X-Forwarded-For`
   * according to `trust proxy`, or without Express the socket's address.
   */
  readonly clientAddress?: (req: IncomingMessage) => string | undefined
  /** Waits for `ms` milliseconds when a login is delayed. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** Secrets. None is ever logged. */
export interface AccountSecrets {
  /**
   * Keys of the session tokens, newest first: the first signs, all verify. At least 32 bytes each.
   */
  readonly jwtKeys: readonly TokenKey[]
  /** Mixed into every password before hashing. If lost, no password verifies. */
  readonly passwordPepper: string | Uint8Array
  /** Former peppers, still accepted. */
  readonly previousPasswordPeppers?: readonly (string | Uint8Array)[]
  /** Key of the HMACs that are stored instead of codes. */
  readonly tokenHmacKey: string | Uint8Array
  /** Seals the accounts' signing keys in the database; 32 bytes. */
  readonly keyEncryptionKey: Uint8Array
  /** Former keys; no longer needed after the operator's `resealKeys`. */
  readonly previousKeyEncryptionKeys?: readonly Uint8Array[]
  /** Signs DID operations; a rotation key of every DID. */
  readonly plcRotationKey: Keypair
  /** Password of the user `admin`, who does not exist without one. */
  readonly adminPassword?: string
}

/**
 * Called inside the transaction of the event, so writes through `tx` commit or roll back with it.
 * The transaction may be retried: change nothing but the database, through `tx`. An error rolls the
 * event back.
 */
export interface AccountHooks<HostTables> {
  /** Every change, including those with a hook of their own. */
  onAccountChanged?(change: AccountChange, tx: Transaction<HostTables>): Promise<void>
  onAccountCreated?(event: AccountCreated, tx: Transaction<HostTables>): Promise<void>
  onAccountDeleted?(event: AccountDeleted, tx: Transaction<HostTables>): Promise<void>
  onAccountRestored?(event: AccountRestored, tx: Transaction<HostTables>): Promise<void>
  /** The module has removed all personal data; delete the host's too. */
  onAccountPurged?(event: AccountPurged, tx: Transaction<HostTables>): Promise<void>
  /**
   * The DID already has the new handle, if there is a directory. The former one stays reserved for
   * the account for a while.
   */
  onHandleChanged?(event: HandleChanged, tx: Transaction<HostTables>): Promise<void>
  onPasswordReset?(event: PasswordReset, tx: Transaction<HostTables>): Promise<void>
}

export interface AccountCreated {
  readonly did: string
  readonly handle: string
  readonly at: Date
}

export interface AccountDeleted {
  readonly did: string
  readonly at: Date
  /** Until then the account can be restored. */
  readonly purgeAfter: Date
}

/** A deletion was undone within its grace period. */
export interface AccountRestored {
  readonly did: string
  readonly handle: string
  readonly at: Date
}

export interface AccountPurged {
  readonly did: string
  readonly at: Date
}

export interface HandleChanged {
  readonly did: string
  readonly handle: string
  readonly previous: string
  readonly at: Date
}

export interface PasswordReset {
  readonly did: string
  readonly at: Date
}

export interface Clock {
  now(): Date
}

/** The part of pino in use. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const systemClock: Clock = { now: () => new Date() }

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} }
