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
 * Lets the user `admin` in with the admin password. Attempts that fail are counted by address, and both kinds are in the audit
 * log; one that was not looked at is not.
 *
 * @throws {WrongCredentials}
 * @throws {RateLimitExceeded} also to whoever has the right password by now.
 */
export async function authenticateAdmin(
  context: ServiceContext,
  { user, password }: AdminCredentials,
  caller: Caller,
): Promise<void> {
  const { adminPassword } = context.secrets
  await admit(context, { caller, event: 'admin.authenticated' }, async () => {
    const isAdmin = equalInConstantTime(user, 'admin')
    // Both are compared whichever is wrong.
    const isRight =
      adminPassword !== undefined && equalInConstantTime(password, adminPassword) && isAdmin
    if (!isRight) throw new WrongCredentials('Admin credentials are required')
  })
}

/**
 * Lets the moderation service in, in the same way and within the same budget.
 *
 * @param verify gives its DID, and throws for anybody else.
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
    // Every attempt counts as failed until it is known to be good: parallel ones cannot exceed the budget.
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
