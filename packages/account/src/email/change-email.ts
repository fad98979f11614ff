import { announce } from '../changes/announce.ts'
import { countSubmission, requestCode, useCode } from '../codes/mail-codes.ts'
import type { ServiceContext, Tx } from '../context.ts'
import type { AccountProfile } from '../db/account-profile.ts'
import type { AuditActor } from '../db/tables.ts'
import { AccountNotFound, CodeRequired, EmailNotAvailable, WrongAccountStatus } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { cancelResets } from '../password-reset/cancel-resets.ts'
import { checkEmail, type EmailAddress } from '../registration/email.ts'
import { violatedUniqueConstraint } from '../store.ts'

export interface ChangeEmailRequest {
  readonly did: string
  readonly email: string
  /**
   * True to turn the second factor by mail on, false to turn it off; undefined leaves it unchanged.
   */
  readonly emailAuthFactor?: boolean | undefined
  /** The code mailed to the present address; required if that is confirmed. */
  readonly token?: string | undefined
}

/**
 * Begins a change of address. A confirmed address is mailed the code that {@link changeEmail} then
 * requires.
 */
export async function requestEmailChange(
  context: ServiceContext,
  did: string,
  caller: Caller,
): Promise<{ readonly tokenRequired: boolean }> {
  const account = await context.store.accounts.findProfile(did)
  if (account === undefined) throw new AccountNotFound('user not found')
  const tokenRequired = account.emailConfirmedAt !== null
  if (tokenRequired) await requestCode(context, { did, purpose: 'update-email' }, caller)
  return { tokenRequired }
}

/**
 * Changes the address of an account or switches its second factor. A new address is unconfirmed, so
 * it turns the second factor off; the former address is notified. Turning the factor on for a
 * confirmed address needs no code.
 *
 * @throws {InvalidEmail} @throws {EmailNotAvailable} @throws {CodeRequired} @throws {InvalidCode}
 * @throws {ExpiredCode}
 * @throws {WrongAccountStatus} if the second factor is turned on for an unconfirmed address.
 */
export async function changeEmail(
  context: ServiceContext,
  { did, email: typed, emailAuthFactor, token }: ChangeEmailRequest,
  caller: Caller,
): Promise<void> {
  await countSubmission(context, did, caller)
  const email = checkEmail(typed)
  await translatingConflicts(() =>
    context.store.transaction(async (tx) => {
      const account = await tx.accounts.lockUsable(did)
      if (account === undefined) throw new AccountNotFound('user not found')
      const isSame = checkEmail(account.email).canonical === email.canonical
      const isConfirmed = account.emailConfirmedAt !== null
      const needsCode = isConfirmed && !(isSame && emailAuthFactor !== false)
      if (token !== undefined && isConfirmed) {
        await useCode(context, tx, { did, purpose: 'update-email', typed: token })
      } else if (needsCode) throw new CodeRequired('confirmation token required')
      if (!isSame) await replaceEmail(context, tx, { account, email, actor: 'owner' })
      if (emailAuthFactor !== undefined) {
        await switchFactor(context, tx, {
          did,
          isOn: emailAuthFactor,
          isUsable: isSame && isConfirmed,
        })
      }
    }),
  )
}

/**
 * Changes the address of an account without a code.
 *
 * @throws {InvalidEmail} @throws {EmailNotAvailable}
 */
export async function setEmail(
  context: ServiceContext,
  { did, email: typed }: { readonly did: string; readonly email: string },
): Promise<void> {
  const email = checkEmail(typed)
  await translatingConflicts(() =>
    context.store.transaction(async (tx) => {
      const account = await tx.accounts.lockUsable(did)
      if (account === undefined) throw new AccountNotFound('There is no such account')
      if (checkEmail(account.email).canonical === email.canonical) return
      await replaceEmail(context, tx, { account, email, actor: 'admin' })
    }),
  )
}

interface Replacement {
  readonly account: AccountProfile
  readonly email: EmailAddress
  readonly actor: AuditActor
}

async function replaceEmail(
  context: ServiceContext,
  tx: Tx,
  { account: { did, email: former }, email, actor }: Replacement,
): Promise<void> {
  const at = context.clock.now()
  await tx.accounts.changeEmail(did, email)
  // Ends the codes and resets mailed to the former address.
  await cancelResets(tx, did)
  await tx.outbox.add('email-changed', did, at, former)
  await tx.audit.append({ event: 'email.changed', actor, did, at })
  await announce(context, tx, { kind: 'email-changed', did, at })
}

async function switchFactor(
  { clock }: ServiceContext,
  tx: Tx,
  {
    did,
    isOn,
    isUsable,
  }: { readonly did: string; readonly isOn: boolean; readonly isUsable: boolean },
): Promise<void> {
  if (isOn && !isUsable) throw new WrongAccountStatus('Confirm the email address first')
  if (!(await tx.accounts.setEmailAuthFactor(did, isOn))) return
  const detail = { isOn }
  await tx.audit.append({
    event: 'auth-factor.changed',
    actor: 'owner',
    did,
    detail,
    at: clock.now(),
  })
}

async function translatingConflicts(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (cause) {
    if (violatedUniqueConstraint(cause) === undefined) throw cause
    throw new EmailNotAvailable(
      'This email address is already in use, please use a different email.',
      { cause },
    )
  }
}
