import { randomUUID } from 'node:crypto'
import { later, type ServiceContext, type Tx } from '../context.ts'
import { hmacCode, randomCode } from '../crypto/codes.ts'
import { describeRecoveryKey } from '../identity/recovery-key-notice.ts'
import { mailPage } from '../mail/mail-page.ts'
import type { OutboxJob, PreparedMail } from '../mail/outbox-port.ts'

/**
 * Does as much as {@link issueResetCode} for a request that names nobody: a look at an account, and two writes. There
 * is nothing to send.
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
 * The token is made only now, and only its HMAC stays: the plain form exists in the mail alone.
 * Sent again, the mail has another one, and the newest wins.
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
