import { announce } from '../changes/announce.ts'
import { countSubmission, requestCode, useCode } from '../codes/mail-codes.ts'
import type { ServiceContext } from '../context.ts'
import { AccountNotFound, OtherEmail } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { canonicalEmail } from '../registration/email.ts'

export interface ConfirmEmailRequest {
  readonly did: string
  /** The address to confirm. */
  readonly email: string
  readonly token: string
}

/** Mails the code that {@link confirmEmail} requires. */
export function requestEmailConfirmation(
  context: ServiceContext,
  did: string,
  caller: Caller,
): Promise<void> {
  return requestCode(context, { did, purpose: 'confirm-email' }, caller)
}

/**
 * Confirms the address of an account with a mailed code.
 *
 * @throws {AccountNotFound} @throws {OtherEmail} @throws {InvalidCode} @throws {ExpiredCode}
 */
export async function confirmEmail(
  context: ServiceContext,
  { did, email, token }: ConfirmEmailRequest,
  caller: Caller,
): Promise<void> {
  await countSubmission(context, did, caller)
  await context.store.transaction(async (tx) => {
    const account = await tx.accounts.lockUsable(did)
    if (account === undefined) throw new AccountNotFound('user not found')
    if (canonicalEmail(email.trim()) !== canonicalEmail(account.email)) {
      throw new OtherEmail('invalid email')
    }
    await useCode(context, tx, { did, purpose: 'confirm-email', typed: token })
    const at = context.clock.now()
    await tx.accounts.confirmEmail(did, at)
    await tx.audit.append({ event: 'email.confirmed', actor: 'owner', did, at })
    await announce(context, tx, { kind: 'email-confirmed', did, at })
  })
}
