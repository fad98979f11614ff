import { type Caller, callerOf } from './caller.ts'
import type { RateLimiter, Spending } from './rate-limiter.ts'

/**
 * The limits as operations use them, before anything else. XRPC requests, pages and the embedding
 * application share them. The caller `unlimited` is not counted.
 */
export interface Budgets {
  /**
   * Counts an operation.
   *
   * @param spendings the limits to count against, given the key of the caller.
   * @throws {RateLimitExceeded} if one is exhausted.
   */
  spend(caller: Caller, spendings: (key: string) => readonly Spending[]): Promise<void>
  /**
   * Refunds a point taken by {@link spend}. Never fails: the operation is already done, and a lost
   * refund ends with its window.
   */
  giveBack(caller: Caller, spending: (key: string) => Spending): Promise<void>
  /** Delays a login after too many recent failures for this name. */
  pauseLogin(caller: Caller, name: string): Promise<void>
  recordFailedLogin(caller: Caller, name: string): Promise<void>
  /** Counts a request for a reset mail and returns the delay of the mail, in seconds. */
  delayResetMail(caller: Caller, account: string): Promise<number>
}

/** @param limiter without one nothing is counted. */
export function createBudgets(limiter: RateLimiter | undefined): Budgets {
  return {
    spend: async (caller, spendings) => {
      if (limiter === undefined || caller === 'unlimited') return
      const status = await limiter.spend(spendings(callerOf(caller.address ?? '')))
      caller.onCounted?.(status)
    },
    giveBack: async (caller, spending) => {
      if (caller === 'unlimited') return
      await limiter?.giveBack(spending(callerOf(caller.address ?? ''))).catch(() => {})
    },
    pauseLogin: async (caller, name) => {
      if (caller !== 'unlimited') await limiter?.pauseLogin(name)
    },
    recordFailedLogin: async (caller, name) => {
      if (caller !== 'unlimited') await limiter?.recordFailedLogin(name)
    },
    delayResetMail: async (caller, account) =>
      caller === 'unlimited' ? 0 : ((await limiter?.delayResetMail(account)) ?? 0),
  }
}
