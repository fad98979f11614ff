import type { ServiceContext } from './context.ts'
import { createPasswordHasher } from './crypto/password-hasher.ts'
import { systemRandom } from './crypto/random.ts'
import { signWith } from './crypto/token-signer.ts'
import { createTokenSigner, type TokenSigner } from './crypto/tokens.ts'
import { safeObserver } from './events.ts'
import { createLocalIdentity } from './identity/local-identity.ts'
import type { HostedIdentityProvider } from './identity/repositories.ts'
import { noResolver } from './identity/resolver.ts'
import { type Budgets, createBudgets } from './limits/budgets.ts'
import { resolveLimits } from './limits/limits.ts'
import type { RateLimitStore } from './limits/rate-limit-store.ts'
import { createRateLimiter } from './limits/rate-limiter.ts'
import {
  type AccountModuleOptions,
  type AccountSecrets,
  type Clock,
  type Logger,
  silentLogger,
} from './options.ts'
import { type ResolvedPolicy, resolvePolicy } from './policy.ts'
import type { Store, Stores } from './store.ts'
import { createSyncedClock } from './synced-clock.ts'

/**
 * Builds the context of the operations.
 *
 * @throws {AggregateError} if the policy is invalid, with every problem.
 * @throws {RangeError} if a secret is missing or too short.
 */
export function createServiceContext<HostTables>(
  options: AccountModuleOptions<HostTables>,
  store: Store<HostTables>,
  identity: { readonly current: HostedIdentityProvider } = createIdentitySlot(options),
): ServiceContext {
  const { secrets } = options
  assertSecrets(secrets)
  const policy = resolvePolicy(options.policy)
  const rateLimits = rateLimitStore(options, store.rateLimits)
  const logger = options.logger ?? silentLogger
  const { clock, timeOf, syncClock } = clocksOf(options.clock, store, logger)
  return {
    budgets: budgetsOf(options, rateLimits, clock),
    rateLimits,
    // Only hooks see the host's tables, and they are typed with the same ones.
    store: store as Store<unknown>,
    hooks: (options.hooks ?? {}) as ServiceContext['hooks'],
    followers: [],
    checkLogin: options.checkLogin,
    mailLanguage: options.mailLanguage,
    policy,
    secrets,
    hasher: createPasswordHasher({
      pepper: secrets.passwordPepper,
      previousPeppers: secrets.previousPasswordPeppers ?? [],
      cost: policy.bcryptCost,
      ...policy.hashing,
    }),
    tokens: signerOf(options, policy, clock),
    get identity() {
      return identity.current
    },
    resolver: options.resolver ?? noResolver,
    clock,
    timeOf,
    syncClock,
    random: options.random ?? systemRandom,
    logger,
    observe: safeObserver(options.observe, logger),
  }
}

function signerOf<HostTables>(
  { tokens, secrets }: AccountModuleOptions<HostTables>,
  policy: ResolvedPolicy,
  clock: Clock,
): TokenSigner {
  const settings = {
    issuer: policy.serviceDid,
    accessTtlSeconds: policy.accessTtl,
    refreshTtlSeconds: policy.refreshTtl,
    sessionTtlSeconds: policy.sessionTtl,
    clock,
  }
  return tokens === undefined
    ? createTokenSigner({ ...settings, keys: secrets.jwtKeys, audience: policy.serviceDid })
    : signWith(tokens, settings)
}

/** Holds the provider of DIDs, which a package beside the module may replace. */
export function createIdentitySlot({ identity }: Pick<AccountModuleOptions<unknown>, 'identity'>): {
  current: HostedIdentityProvider
} {
  return { current: identity ?? createLocalIdentity() }
}

function clocksOf(
  given: Clock | undefined,
  store: Stores,
  logger: Logger,
): Pick<ServiceContext, 'clock' | 'timeOf' | 'syncClock'> {
  if (given !== undefined) {
    return { clock: given, timeOf: async () => given.now(), syncClock: async () => {} }
  }
  const clock = createSyncedClock({ logger })
  return {
    clock,
    timeOf: ({ time }) => time.now(),
    syncClock: () => clock.sync(() => store.time.now()),
  }
}

function rateLimitStore<HostTables>(
  { rateLimits }: AccountModuleOptions<HostTables>,
  table: RateLimitStore,
): RateLimitStore {
  return rateLimits === undefined || rateLimits === false || rateLimits.store === undefined
    ? table
    : rateLimits.store(table)
}

function budgetsOf<HostTables>(
  { rateLimits = {}, secrets }: AccountModuleOptions<HostTables>,
  store: RateLimitStore,
  clock: Clock,
): Budgets {
  if (rateLimits === false) return createBudgets(undefined)
  const { limits, wait } = rateLimits
  return createBudgets(
    createRateLimiter({
      limits: resolveLimits(limits),
      store,
      key: secrets.tokenHmacKey,
      clock,
      ...(wait && { wait }),
    }),
  )
}

function assertSecrets({ keyEncryptionKey, tokenHmacKey, adminPassword }: AccountSecrets): void {
  if (keyEncryptionKey.length !== 32) throw new RangeError('keyEncryptionKey must have 32 bytes')
  if (tokenHmacKey.length < 32) throw new RangeError('tokenHmacKey must have at least 32 bytes')
  if (adminPassword === '') throw new RangeError('adminPassword must not be empty')
}
