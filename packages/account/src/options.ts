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
 * Options of {@link createAccountModule}. Only `db`, `mailer`, `secrets` and `policy` have no
 * default.
 */
export interface AccountModuleOptions<HostTables> {
  /**
   * The host's own Kysely, on any Postgres: the module keeps to its own schema in it, ignores its
   * plugins, and closes nothing.
   */
  readonly db: Kysely<HostTables>
  /** The schema that holds the module's tables; `lexwright_account` by default. */
  readonly schema?: string
  /** Where new DIDs are published; without one they are signed, stored and published later. */
  readonly identity?: IdentityProvider
  /**
   * Looks up handles and DIDs of others: an `IdResolver` of `@atproto/identity`. Without one nobody gets a handle of another domain,
   * and accounts do not come from other hosts.
   */
  readonly resolver?: IdentityResolver
  /** Sends mails that the module has written, or writes them itself. Closed by whoever made it. */
  readonly mailer: AccountMailer
  /** The language of an account's owner, such as `pt-BR` (BCP 47), for a mailer that writes. */
  readonly mailLanguage?: (did: string) => Promise<string | undefined>
  readonly secrets: AccountSecrets
  /** Signs session tokens in the place of `secrets.jwtKeys`, for a service in front of others. */
  readonly tokens?: TokenScheme
  readonly policy: AccountPolicy
  readonly hooks?: AccountHooks<HostTables>
  /**
   * Asked about each login whose password is right, before its session begins: for factors of the host's own. Refuses by throwing,
   * for example an `XRPCError` with the name `AuthFactorTokenRequired`. Of today's clients and those of 2022 alike.
   */
  readonly checkLogin?: (login: CheckedLogin) => Promise<void>
  /** Facts that only the host of repositories knows. Without it `checkAccountStatus` is not answered. */
  readonly repositories?: RepositoryPort
  /** Records and blobs as subjects of moderation. Without it they are 501, and not found. */
  readonly moderation?: ModerationPort
  /**
   * The limits of callers; those of `limits.ts` by default. False turns them off, which also gives
   * every caller all of the hashing queue.
   */
  readonly rateLimits?: RateLimitOptions | false
  /** Tells the time; the database's clock by default. */
  readonly clock?: Clock
  readonly random?: RandomBytes
  /** A pino logger, or what looks like one; silent by default. */
  readonly logger?: Logger
  /** Told of what is worth counting: for metrics. */
  readonly observe?: AccountObserver
}

/** A login whose password is right. */
export interface CheckedLogin {
  readonly did: string
  readonly handle: string
  /** As the client gave it. */
  readonly authFactorToken: string | undefined
}

/** Facts of an account that only the host of repositories knows. */
export interface RepositoryPort {
  describe(did: string): Promise<RepositoryStatus>
}

/** The state of a repository, as `com.atproto.server.checkAccountStatus` tells it. */
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
  /** Other figures than the defaults. */
  readonly limits?: Partial<Limits>
  /** Where processes count together, made from the default: a table of the module's own. */
  readonly store?: (table: RateLimitStore) => RateLimitStore
  /** Requests with it in the header `x-ratelimit-bypass` are not counted. */
  readonly bypassKey?: string
  /**
   * The address a request comes from. By default the `req.ip` of Express, which follows
   * `X-Forwarded-For` as far as its `trust proxy` says, and without Express that of the socket.
   */
  readonly clientAddress?: (req: IncomingMessage) => string | undefined
  /** Waits so many milliseconds, when a login is held up. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** Everything that must not become known. None of it is ever logged. */
export interface AccountSecrets {
  /**
   * Keys of the session tokens, newest first: the first signs, all verify. 32 bytes or more each.
   */
  readonly jwtKeys: readonly TokenKey[]
  /** Mixed into every password before it is hashed. Lost, no password verifies any more. */
  readonly passwordPepper: string | Uint8Array
  /** Peppers used before. */
  readonly previousPasswordPeppers?: readonly (string | Uint8Array)[]
  /** Keys the HMAC under which reset codes are stored. */
  readonly tokenHmacKey: string | Uint8Array
  /** Seals the accounts' signing keys in the database; 32 bytes. */
  readonly keyEncryptionKey: Uint8Array
  /** Sealed with before; the operator's `resealKeys` makes them superfluous. */
  readonly previousKeyEncryptionKeys?: readonly Uint8Array[]
  /** Signs DID operations, and is a rotation key of every DID. */
  readonly plcRotationKey: Keypair
  /** Password of the user `admin`; without one nobody is admin. */
  readonly adminPassword?: string
}

/**
 * Called inside the transaction that does what they tell of, so what the host writes through `tx`
 * happens exactly if the event does. The transaction may be run again: touch nothing but the
 * database, and through `tx` only. An error undoes the event.
 */
export interface AccountHooks<HostTables> {
  /** Every change, those that have a hook of their own included. */
  onAccountChanged?(change: AccountChange, tx: Transaction<HostTables>): Promise<void>
  onAccountCreated?(event: AccountCreated, tx: Transaction<HostTables>): Promise<void>
  onAccountDeleted?(event: AccountDeleted, tx: Transaction<HostTables>): Promise<void>
  onAccountRestored?(event: AccountRestored, tx: Transaction<HostTables>): Promise<void>
  /** Nothing personal is left in the module's tables; what the host keeps of it has to go, too. */
  onAccountPurged?(event: AccountPurged, tx: Transaction<HostTables>): Promise<void>
  /** Its DID, if there is a directory, has the new handle. The former one is held for the account for a while. */
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

/** A deletion was undone within its grace. */
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

/** The part of pino that is used. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const systemClock: Clock = { now: () => new Date() }

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} }
