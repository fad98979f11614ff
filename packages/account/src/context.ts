import type { ChangeFollower } from './changes/announce.ts'
import type { PasswordHasher } from './crypto/password-hasher.ts'
import type { RandomBytes } from './crypto/random.ts'
import type { TokenSigner } from './crypto/tokens.ts'
import type { AccountObserver } from './events.ts'
import type { HostedIdentityProvider } from './identity/repositories.ts'
import type { IdentityResolver } from './identity/resolver.ts'
import type { Budgets } from './limits/budgets.ts'
import type { RateLimitStore } from './limits/rate-limit-store.ts'
import type { AccountHooks, AccountSecrets, CheckedLogin, Clock, Logger } from './options.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { Store, Stores, StoreTransaction } from './store.ts'

/**
 * The collaborators of every operation. The host's tables are opaque here: only the host's hooks
 * use their types.
 */
export interface ServiceContext {
  readonly store: Store<unknown>
  readonly policy: ResolvedPolicy
  readonly secrets: Pick<
    AccountSecrets,
    | 'adminPassword'
    | 'tokenHmacKey'
    | 'keyEncryptionKey'
    | 'previousKeyEncryptionKeys'
    | 'passwordPepper'
    | 'previousPasswordPeppers'
    | 'plcRotationKey'
  >
  readonly budgets: Budgets
  /** Counts rate limits. */
  readonly rateLimits: RateLimitStore
  readonly hasher: PasswordHasher
  readonly tokens: TokenSigner
  readonly identity: HostedIdentityProvider
  readonly resolver: IdentityResolver
  readonly hooks: AccountHooks<unknown>
  /** Followers of packages beside the module. */
  readonly followers: ChangeFollower[]
  readonly checkLogin: ((login: CheckedLogin) => Promise<void>) | undefined
  readonly mailLanguage: ((did: string) => Promise<string | undefined>) | undefined
  readonly clock: Clock
  /**
   * The time for irreversible decisions: the database's, unless the host injects a clock.
   *
   * @param stores those of the transaction, inside one.
   */
  readonly timeOf: (stores: Pick<Stores, 'time'>) => Promise<Date>
  /** Synchronizes the clock with the database's. */
  readonly syncClock: () => Promise<void>
  readonly random: RandomBytes
  readonly logger: Logger
  readonly observe: AccountObserver
}

export type Tx = StoreTransaction<unknown>

/** `seconds` after a moment. */
export function later(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000)
}
