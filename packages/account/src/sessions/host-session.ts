import type { ServiceContext } from '../context.ts'
import { AccountNotFound, WrongCredentials } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { callerKey } from '../limits/caller.ts'
import { checkPassword, type LoginRequest, type SignedIn } from './log-in.ts'
import { withinLoginBudgets } from './login-budgets.ts'
import { openSession, signSession } from './sessions.ts'

/**
 * Begins a session of an account that the host has authenticated itself.
 *
 * @throws {AccountNotFound} if there is no usable account.
 */
export async function createSessionFor(context: ServiceContext, did: string): Promise<SignedIn> {
  const { handle, session } = await context.store.transaction(async (tx) => {
    const account = await tx.credentials.lockForSession(did)
    if (account === undefined) throw new AccountNotFound('There is no active account with this DID')
    const { epoch } = account
    const opened = await openSession(context, tx, { did, epoch })
    const at = opened.authTime
    await tx.audit.append({ event: 'session.created', actor: 'system', did, at })
    return { handle: account.handle, session: opened }
  })
  const { accessJwt, refreshJwt } = await signSession(context, session)
  return { accessJwt, refreshJwt, did, handle }
}

/**
 * Checks a name and a password and returns the account, without a session. Counted and delayed like
 * a login.
 *
 * @throws {WrongCredentials} @throws {AccountDisabled} @throws {RateLimitExceeded}
 */
export async function verifyPassword(
  context: ServiceContext,
  request: Pick<LoginRequest, 'name' | 'password'>,
  caller: Caller,
): Promise<{ readonly did: string; readonly handle: string }> {
  const { name } = request
  return await withinLoginBudgets(context, { name, caller }, async () => {
    const { account, app } = await checkPassword(context, request, callerKey(caller))
    // An app password is only valid for sessions.
    if (app !== undefined) throw new WrongCredentials('Wrong name or password')
    return { did: account.did, handle: account.handle }
  })
}
