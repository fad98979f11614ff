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
  /** Keys are stored as HMACs under it, so that the table holds no addresses and no names. */
  readonly key: string | Uint8Array
  readonly clock: Clock
  /** Waits so many milliseconds; replaced in tests. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** One request against one limit; `of` says whose. */
export interface Spending {
  readonly limit: LimitName
  readonly of: readonly string[]
}

/** Counts what callers do, together with all other processes. */
export interface RateLimiter {
  /**
   * Takes one from each limit, in one statement, and answers for the tightest.
   *
   * @throws {RateLimitExceeded} when one of them is used up.
   */
  spend(spendings: readonly Spending[]): Promise<LimitStatus>
  /** Gives one back to a limit that {@link spend} took from. */
  giveBack(spending: Spending): Promise<void>
  /**
   * Holds a login up if too many for this name have failed of late. A name that nobody has is held up
   * alike.
   *
   * @throws {TemporarilyUnavailable} when too many wait already.
   */
  pauseLogin(name: string): Promise<void>
  recordFailedLogin(name: string): Promise<void>
  /** Counts a request for a reset mail, and tells how long the mail should wait, in seconds. */
  delayResetMail(account: string): Promise<number>
}

const HOUR = 3600
/** Logins held up at once in this process. Each costs a socket. */
const MAX_WAITING = 1_000

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { limits, store, clock, wait = sleep } = options
  let waiting = 0

  // An array's JSON tells ['a', 'b'] from ['a,b']; the hash makes it short and ASCII.
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

/** Of two that are used up, the one that takes longer: only then will a retry succeed. */
function tightest(a: NamedStatus, b: NamedStatus): NamedStatus {
  if (isUsedUp(a) !== isUsedUp(b)) return isUsedUp(a) ? a : b
  if (isUsedUp(a)) return a.msUntilReset >= b.msUntilReset ? a : b
  return a.remaining <= b.remaining ? a : b
}

function isUsedUp({ spent, limit }: LimitStatus): boolean {
  return spent > limit
}
