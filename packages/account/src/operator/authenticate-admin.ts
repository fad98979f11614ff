import type { ServiceContext } from '../context.ts'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import type { AuditEvent } from '../db/audit-store.ts'
import { RateLimitExceeded, WrongCredentials } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import type { Spending } from '../limits/rate-limiter.ts'

export interface AdminCredentials {
  readonly user: string
  readonly password: string
}

/**
 * Authenticates the user `admin` by the admin password. Failures are counted per address. Successes
 * and failures are audited, except attempts refused by the limit.
 *
 * @throws {WrongCredentials}
 * @throws {RateLimitExceeded} even with the right password.
 */
export async function authenticateAdmin(
  context: ServiceContext,
  { user, password }: AdminCredentials,
  caller: Caller,
): Promise<void> {
  const { adminPassword } = context.secrets
  await admit(context, { caller, event: 'admin.authenticated' }, async () => {
    const isAdmin = equalInConstantTime(user, 'admin')
    // Compares both, whichever is wrong, to take constant time.
    const isRight =
      adminPassword !== undefined && equalInConstantTime(password, adminPassword) && isAdmin
    if (!isRight) throw new WrongCredentials('Admin credentials are required')
  })
}

/**
 * Authenticates the moderation service, within the same budget.
 *
 * @param verify returns its DID, and throws for any other caller.
 */
export async function admitModerator(
  context: ServiceContext,
  verify: () => Promise<string>,
  caller: Caller,
): Promise<string> {
  return await admit(context, { caller, event: 'moderator.authenticated' }, async () => {
    try {
      return await verify()
    } catch (refusal) {
      context.observe({ type: 'authentication-failed', by: 'admin' })
      throw refusal
    }
  })
}

async function admit<Result>(
  { budgets, store, clock }: ServiceContext,
  { caller, event }: { readonly caller: Caller; readonly event: AuditEvent },
  verify: () => Promise<Result>,
): Promise<Result> {
  const giveBack = (): Promise<void> => budgets.giveBack(caller, failureOf)
  try {
    // Every attempt counts as failed until it succeeds, so parallel ones cannot exceed the budget.
    await budgets.spend(caller, (key) => [failureOf(key)])
  } catch (error) {
    if (error instanceof RateLimitExceeded) await giveBack()
    throw error
  }
  const result = await verify().catch(async (refusal: unknown) => {
    await store.audit.append({ event: 'admin.refused', actor: 'system', at: clock.now() })
    throw refusal
  })
  await store.audit.append({ event, actor: 'admin', at: clock.now() })
  await giveBack()
  return result
}

function failureOf(key: string): Spending {
  return { limit: 'adminFailures', of: [key] }
}
