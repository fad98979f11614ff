import { later, type ServiceContext } from '../context.ts'
import { hmacCode } from '../crypto/codes.ts'
import { canonicalEmail } from '../registration/email.ts'
import { nameKey } from '../sessions/login-name.ts'

/**
 * Sees to it that whoever has this address gets a reset mail. Does the same for an address that
 * nobody has, up to and including the write, so that neither its answer nor its time tells the two
 * apart.
 *
 * @param options.delay seconds that the mail waits, unless one is on its way.
 */
export async function requestPasswordReset(
  { store, secrets, clock, wakeOutbox }: ServiceContext,
  email: string,
  { delay = 0 }: { readonly delay?: number } = {},
): Promise<void> {
  const now = clock.now()
  await store.outbox.addPasswordReset({
    emailCanonical: canonicalEmail(email),
    key: hmacCode(secrets.tokenHmacKey, `reset request ${nameKey(email)}`),
    now,
    runAfter: later(now, delay),
  })
  if (delay === 0) wakeOutbox()
}
