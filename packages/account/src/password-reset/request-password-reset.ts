import { later, type ServiceContext, type Tx } from '../context.ts'
import { hmacCode } from '../crypto/codes.ts'
import type { Caller } from '../limits/caller.ts'
import { canonicalEmail } from '../registration/email.ts'
import { nameKey } from '../sessions/login-name.ts'

/**
 * Queues a reset mail to an address. An unknown address takes the same path, including the write,
 * so neither the answer nor its time reveals whether an account has it.
 *
 * @param typed surrounding blanks, common in pasted text, are ignored.
 */
export async function requestPasswordReset(
  context: ServiceContext,
  typed: string,
  caller: Caller,
): Promise<void> {
  const { store, budgets } = context
  const email = typed.trim()
  const account = nameKey(email)
  await budgets.spend(caller, (key) => [
    { limit: 'resetRequest', of: [key] },
    { limit: 'resetRequestDaily', of: [key] },
    { limit: 'resetRequestAccount', of: [account, key] },
  ])
  const delay = await budgets.delayResetMail(caller, account)
  await queueResetMail(context, store, { email, delay })
}

/** Queues a reset mail to an address, delayed by some seconds. */
export async function queueResetMail(
  { secrets, clock }: Pick<ServiceContext, 'secrets' | 'clock'>,
  { outbox }: Pick<Tx, 'outbox'>,
  { email, delay }: { readonly email: string; readonly delay: number },
): Promise<void> {
  const now = clock.now()
  await outbox.addPasswordReset({
    emailCanonical: canonicalEmail(email),
    key: hmacCode(secrets.tokenHmacKey, `reset request ${nameKey(email)}`),
    now,
    runAfter: later(now, delay),
  })
}
