import { randomUUID } from 'node:crypto'
import { later, type ServiceContext, type Tx } from '../context.ts'
import { hmacCode, randomCode } from '../crypto/codes.ts'
import { describeRecoveryKey } from '../identity/recovery-key-notice.ts'
import { mailPage } from '../mail/mail-page.ts'
import type { OutboxJob, PreparedMail } from '../mail/outbox-port.ts'

/**
 * Does the same work as {@link issueResetCode} for a request without an account, one read and two
 * writes, but sends nothing.
 */
export async function issueNoResetCode(
  { secrets, random }: ServiceContext,
  tx: Tx,
  claim: Pick<OutboxJob, 'id' | 'attempts'>,
): Promise<null> {
  await tx.accounts.lockActive('')
  hmacCode(secrets.tokenHmacKey, randomCode(random))
  await tx.outbox.touch(claim)
  await tx.outbox.touch(claim)
  return null
}

/**
 * Creates the token just before the mail is sent and stores only its HMAC. A retried mail has a new
 * token, and the newest wins.
 */
export async function issueResetCode(
  context: ServiceContext,
  tx: Tx,
  did: string,
): Promise<PreparedMail | null> {
  const { policy, secrets, random, clock } = context
  const account = await tx.accounts.lockActive(did)
  if (account === undefined) return null
  const now = clock.now()
  const code = randomCode(random)
  await tx.resetTokens.replace({
    did,
    tokenHash: hmacCode(secrets.tokenHmacKey, code),
    createdAt: now,
    expiresAt: later(now, policy.resetTokenTtl),
  })
  await tx.audit.append({ event: 'password.reset-token-issued', actor: 'system', did, at: now })
  return {
    id: randomUUID(),
    to: account.email,
    content: {
      kind: 'password-reset',
      handle: account.handle,
      code,
      expiresInSeconds: policy.resetTokenTtl,
      ...mailPage(policy.mailPages, 'password-reset', code),
      ...(await describeRecoveryKey(context, tx, did)),
    },
  }
}
