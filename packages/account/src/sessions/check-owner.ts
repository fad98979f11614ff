import type { ServiceContext } from '../context.ts'
import { WrongCredentials } from '../errors.ts'
import { type Caller, callerKey } from '../limits/caller.ts'
import { withinLoginBudgets } from './login-budgets.ts'

/** A DID and its password. */
export interface OwnerCredentials {
  readonly did: string
  readonly password: string
}

/**
 * Checks the password of an account within the login budgets, without a session. App passwords are
 * refused.
 *
 * @throws {WrongCredentials} also for an unknown DID. @throws {RateLimitExceeded}
 */
export async function checkOwner(
  context: ServiceContext,
  { did, password }: OwnerCredentials,
  caller: Caller,
): Promise<void> {
  const { store, hasher } = context
  await withinLoginBudgets(context, { name: did, did, caller }, async () => {
    const account = await store.credentials.find({ did })
    if (account === undefined) {
      await hasher.verifyDummy(password, callerKey(caller))
      throw new WrongCredentials('Wrong name or password')
    }
    const { ok } = await hasher.verify(password, account.passwordHash, callerKey(caller))
    if (!ok) throw new WrongCredentials('Wrong name or password')
  })
}
