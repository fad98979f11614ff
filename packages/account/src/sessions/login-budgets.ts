import type { ServiceContext } from '../context.ts'
import { InvalidCode, RateLimitExceeded, WrongCredentials } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import type { Spending } from '../limits/rate-limiter.ts'
import { nameKey, readLoginName } from './login-name.ts'

/** A login to be counted. */
export interface CountedLogin {
  readonly name: string
  /** The account, if it is known. */
  readonly did?: string
  readonly caller: Caller
}

/**
 * Counts a login, and tries it if a budget is left.
 *
 * @throws {RateLimitExceeded}
 */
export async function withinLoginBudgets<Result>(
  context: ServiceContext,
  { name, did, caller }: CountedLogin,
  tryLogin: () => Promise<Result>,
): Promise<Result> {
  const { budgets } = context
  const counted = did ?? (await accountKey(context, name))
  const giveBack = (): Promise<void> => budgets.giveBack(caller, failureOf)
  try {
    await budgets.spend(caller, (key) => [
      { limit: 'login', of: [counted, key] },
      { limit: 'loginDaily', of: [counted, key] },
      failureOf(key),
    ])
  } catch (error) {
    // Nobody looked at the password of a login that was refused.
    if (error instanceof RateLimitExceeded) await giveBack()
    throw error
  }
  try {
    await budgets.pauseLogin(caller, counted)
    const result = await tryLogin()
    await giveBack()
    return result
  } catch (error) {
    if (error instanceof WrongCredentials || error instanceof InvalidCode)
      await budgets.recordFailedLogin(caller, counted)
    else await giveBack()
    throw error
  }
}

/** Every login counts as failed until it is known to be good: parallel ones cannot exceed the budget. */
function failureOf(key: string): Spending {
  return { limit: 'loginFailures', of: [key] }
}

/**
 * The name that logins are counted by: one for an account, whether its handle or its email address is given, and one for
 * every other name. Whoever uses a budget up can learn that a handle and an address belong together; two budgets would allow
 * twice the guesses.
 */
async function accountKey({ store }: ServiceContext, name: string): Promise<string> {
  const account = await store.credentials.find(readLoginName(name))
  return account?.did ?? nameKey(name)
}
