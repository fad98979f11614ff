import type { ServiceContext } from '../context.ts'
import { InvalidCode, RateLimitExceeded, WrongCredentials } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import type { Spending } from '../limits/rate-limiter.ts'
import { nameKey, readLoginName } from './login-name.ts'

/** A login to count. */
export interface CountedLogin {
  readonly name: string
  /** DID of the account, if known. */
  readonly did?: string
  readonly caller: Caller
}

/**
 * Counts a login, and runs it within the budgets.
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
    // The password of a refused login was not checked.
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

/** Every login counts as failed until it succeeds, so parallel ones cannot exceed the budget. */
function failureOf(key: string): Spending {
  return { limit: 'loginFailures', of: [key] }
}

/**
 * The key that logins are counted by: one per account for its handle and email address, and one for
 * every other name. Exhausting a budget can reveal that a handle and an address belong together;
 * two budgets would allow twice the guesses.
 */
async function accountKey({ store }: ServiceContext, name: string): Promise<string> {
  const account = await store.credentials.find(readLoginName(name))
  return account?.did ?? nameKey(name)
}
