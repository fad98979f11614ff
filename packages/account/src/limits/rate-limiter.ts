import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimitExceeded, TemporarilyUnavailable } from '../errors.ts'
import type { Clock } from '../options.ts'
import type { LimitName, LimitStatus, Limits } from './limits.ts'
import type { Charge, RateLimitStore } from './rate-limit-store.ts'
import { loginPause, mailDelay } from './slow-down.ts'

export interface RateLimiterOptions {
  readonly limits: Limits
  readonly store: RateLimitStore
  /** Key of the HMACs that are stored instead of addresses and names. */
  readonly key: string | Uint8Array
  readonly clock: Clock
  /** Waits for `ms` milliseconds; replaced in tests. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** One request against one limit, counted by `of`. */
export interface Spending {
  readonly limit: LimitName
  readonly of: readonly string[]
}

/** Counts requests across all processes. */
export interface RateLimiter {
  /**
   * Takes a point from each limit, in one statement, and returns the tightest.
   *
   * @throws {RateLimitExceeded} if one is exhausted.
   */
  spend(spendings: readonly Spending[]): Promise<LimitStatus>
  /** Refunds a point taken by {@link spend}. */
  giveBack(spending: Spending): Promise<void>
  /**
   * Delays a login after too many recent failures for this name, even if no account has it.
   *
   * @throws {TemporarilyUnavailable} if too many logins are already waiting.
   */
  pauseLogin(name: string): Promise<void>
  recordFailedLogin(name: string): Promise<void>
  /** Counts a request for a reset mail and returns the delay of the mail, in seconds. */
  delayResetMail(account: string): Promise<number>
}

const HOUR = 3600
/** Maximum delayed logins in this process. Each holds a socket. */
const MAX_WAITING = 1_000

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { limits, store, clock, wait = sleep } = options
  let waiting = 0

  // JSON of the array distinguishes ['a', 'b'] from ['a,b']; the hash makes it short and ASCII.
  const keyOf = (name: string, of: readonly string[]): string =>
    `${name}:${createHmac('sha256', options.key).update(JSON.stringify(of)).digest('base64url').slice(0, 22)}`

  const count = async (charge: Charge): Promise<number> => {
    const [usage] = await store.add([charge], clock.now())
    return usage?.spent ?? 0
  }
  const failures = (name: string, points: number): Charge => ({
    key: keyOf('failedLogin', [name]),
    points,
    window: HOUR,
  })

  return {
    spend: async (spendings) => {
      const now = clock.now()
      const charges = spendings.map(({ limit, of }) => ({
        key: keyOf(limit, of),
        points: 1,
        window: limits[limit].window,
      }))
      const usages = await store.add(charges, now)
      const statuses = spendings.map(({ limit: name }, index): NamedStatus => {
        const { points: limit, window } = limits[name]
        const { spent = 0, resetsAt = now } = usages[index] ?? {}
        return {
          name,
          limit,
          window,
          spent,
          remaining: Math.max(0, limit - spent),
          msUntilReset: Math.max(0, resetsAt.getTime() - now.getTime()),
        }
      })
      const { name, ...status } = statuses.reduce(tightest)
      if (isUsedUp(status)) {
        throw new RateLimitExceeded('Too many requests; try again later', { status, limit: name })
      }
      return status
    },

    giveBack: async ({ limit, of }) => {
      await count({ key: keyOf(limit, of), points: -1, window: limits[limit].window })
    },

    pauseLogin: async (name) => {
      const pause = loginPause(await count(failures(name, 0)))
      if (pause === 0) return
      if (waiting >= MAX_WAITING) {
        throw new TemporarilyUnavailable('Too busy; try again later', { retryAfterSeconds: 5 })
      }
      waiting += 1
      try {
        await wait(pause)
      } finally {
        waiting -= 1
      }
    },
    recordFailedLogin: async (name) => {
      await count(failures(name, 1))
    },

    delayResetMail: async (account) =>
      mailDelay(await count({ key: keyOf('resetMail', [account]), points: 1, window: HOUR })),
  }
}

interface NamedStatus extends LimitStatus {
  readonly name: LimitName
}

/** Of two exhausted limits, the one that lasts longer: a retry succeeds only then. */
function tightest(a: NamedStatus, b: NamedStatus): NamedStatus {
  if (isUsedUp(a) !== isUsedUp(b)) return isUsedUp(a) ? a : b
  if (isUsedUp(a)) return a.msUntilReset >= b.msUntilReset ? a : b
  return a.remaining <= b.remaining ? a : b
}

function isUsedUp({ spent, limit }: LimitStatus): boolean {
  return spent > limit
}
