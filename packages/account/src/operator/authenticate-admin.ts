import type { ServiceContext } from '../context.ts'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import type { AuditDetail, AuditEvent } from '../db/audit-store.ts'
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
  await admit(context, { caller, event: 'admin.authenticated' }, async () => {
    if (!isAdmin(context, { user, password })) throw refusal()
  })
}

/** The operator of a host of repositories, or of several with the same password. */
export interface HostOperator {
  /** DIDs of the hosts, for the audit log. */
  readonly hosts: readonly string[]
  /** True if the account lives on one of the hosts. */
  mayChange(did: string): Promise<boolean>
}

/** Recognizes the operator of a host by the admin password of the host. */
export type FindHostOperator = (password: string) => Promise<HostOperator | undefined>

/**
 * Like {@link authenticateAdmin}, also with the admin password of a host, which forwards it.
 *
 * @returns undefined for the admin of this service.
 */
export async function authenticateHostAdmin(
  context: ServiceContext,
  credentials: AdminCredentials,
  { caller, findHost }: { readonly caller: Caller; readonly findHost: FindHostOperator },
): Promise<HostOperator | undefined> {
  const detailOf = (operator: HostOperator | undefined): AuditDetail =>
    operator === undefined ? {} : { host: operator.hosts.join(' ') }
  return await admit(context, { caller, event: 'admin.authenticated', detailOf }, async () => {
    if (isAdmin(context, credentials)) return undefined
    const host = credentials.user === 'admin' ? await findHost(credentials.password) : undefined
    if (host === undefined) throw refusal()
    return host
  })
}

function isAdmin(
  { secrets: { adminPassword } }: ServiceContext,
  { user, password }: AdminCredentials,
): boolean {
  const isUser = equalInConstantTime(user, 'admin')
  // Compares both, whichever is wrong, to take constant time.
  return adminPassword !== undefined && equalInConstantTime(password, adminPassword) && isUser
}

const refusal = (): WrongCredentials => new WrongCredentials('Admin credentials are required')

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

interface Admission<Result> {
  readonly caller: Caller
  readonly event: AuditEvent
  readonly detailOf?: (result: Result) => AuditDetail
}

async function admit<Result>(
  { budgets, store, clock }: ServiceContext,
  { caller, event, detailOf = () => ({}) }: Admission<Result>,
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
  await store.audit.append({ event, actor: 'admin', detail: detailOf(result), at: clock.now() })
  await giveBack()
  return result
}

function failureOf(key: string): Spending {
  return { limit: 'adminFailures', of: [key] }
}
