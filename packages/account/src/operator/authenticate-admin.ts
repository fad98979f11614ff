import type { ServiceContext } from '../context.ts'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import { RateLimitExceeded, WrongCredentials } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import type { Spending } from '../limits/rate-limiter.ts'

export interface AdminCredentials {
  readonly user: string
  readonly password: string
}

/**
 * Lets the user `admin` in with the admin password. Attempts that fail are counted by address, and both kinds are in the audit
 * log; one that was not looked at is not.
 *
 * @throws {WrongCredentials}
 * @throws {RateLimitExceeded} also to whoever has the right password by now.
 */
export async function authenticateAdmin(
  { budgets, store, clock, secrets }: ServiceContext,
  { user, password }: AdminCredentials,
  caller: Caller,
): Promise<void> {
  const giveBack = (): Promise<void> => budgets.giveBack(caller, failureOf)
  try {
    // Every attempt counts as failed until it is known to be good: parallel ones cannot exceed the budget.
    await budgets.spend(caller, (key) => [failureOf(key)])
  } catch (error) {
    if (error instanceof RateLimitExceeded) await giveBack()
    throw error
  }
  const { adminPassword } = secrets
  const isAdmin = equalInConstantTime(user, 'admin')
  // Both are compared whichever is wrong.
  const isRight =
    adminPassword !== undefined && equalInConstantTime(password, adminPassword) && isAdmin
  await store.audit.append({
    event: isRight ? 'admin.authenticated' : 'admin.refused',
    actor: isRight ? 'admin' : 'system',
    at: clock.now(),
  })
  if (!isRight) throw new WrongCredentials('Admin credentials are required')
  await giveBack()
}

function failureOf(key: string): Spending {
  return { limit: 'adminFailures', of: [key] }
}
