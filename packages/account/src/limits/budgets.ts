import { type Caller, callerOf } from './caller.ts'
import type { RateLimiter, Spending } from './rate-limiter.ts'

/**
 * The limits as operations use them, first thing: a request over HTTP, a page and the application that
 * calls the service share them. A caller without limits is not counted.
 */
export interface Budgets {
  /**
   * Counts an operation.
   *
   * @param spendings what it counts against, given who calls.
   * @throws {RateLimitExceeded} when nothing is left.
   */
  spend(caller: Caller, spendings: (key: string) => readonly Spending[]): Promise<void>
  /**
   * Gives one back to a limit that {@link spend} took from. Never fails: the operation has its result, and
   * what could not be given back is forgotten with its window.
   */
  giveBack(caller: Caller, spending: (key: string) => Spending): Promise<void>
  /** Holds a login up if too many for this name have failed of late. */
  pauseLogin(caller: Caller, name: string): Promise<void>
  recordFailedLogin(caller: Caller, name: string): Promise<void>
  /** Counts a request for a reset mail, and tells how long the mail should wait, in seconds. */
  delayResetMail(caller: Caller, account: string): Promise<number>
}

/** @param limiter without one nobody is counted. */
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
