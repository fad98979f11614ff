import { later, type ServiceContext } from '../context.ts'
import { hmacCode } from '../crypto/codes.ts'
import type { Caller } from '../limits/caller.ts'
import { canonicalEmail } from '../registration/email.ts'
import { nameKey } from '../sessions/login-name.ts'

/**
 * Sees to it that whoever has this address gets a reset mail. Does the same for an address that
 * nobody has, up to and including the write, so that neither its answer nor its time tells the two
 * apart.
 *
 * @param typed blanks around the address do not count: they come with pasting.
 */
export async function requestPasswordReset(
  { store, budgets, secrets, clock }: ServiceContext,
  typed: string,
  caller: Caller,
): Promise<void> {
  const email = typed.trim()
  const account = nameKey(email)
  await budgets.spend(caller, (key) => [
    { limit: 'resetRequest', of: [key] },
    { limit: 'resetRequestDaily', of: [key] },
    { limit: 'resetRequestAccount', of: [account, key] },
  ])
  const delay = await budgets.delayResetMail(caller, account)
  const now = clock.now()
  await store.outbox.addPasswordReset({
    emailCanonical: canonicalEmail(email),
    key: hmacCode(secrets.tokenHmacKey, `reset request ${account}`),
    now,
    runAfter: later(now, delay),
  })
}
