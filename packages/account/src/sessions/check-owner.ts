import type { ServiceContext } from '../context.ts'
import { WrongCredentials } from '../errors.ts'
import { type Caller, callerKey } from '../limits/caller.ts'
import { withinLoginBudgets } from './login-budgets.ts'

/** Whose password, by DID. */
export interface OwnerCredentials {
  readonly did: string
  readonly password: string
}

/**
 * Checks the password of an account, within the budgets of logins, and begins no session. App passwords are none of it.
 *
 * @throws {WrongCredentials} also for a DID that nobody has. @throws {RateLimitExceeded}
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
