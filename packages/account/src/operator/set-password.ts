import { announce } from '../changes/announce.ts'
import type { ServiceContext } from '../context.ts'
import { randomCode } from '../crypto/codes.ts'
import { WrongAccountStatus } from '../errors.ts'
import { cancelResets } from '../password-reset/cancel-resets.ts'
import { checkBreached, checkPassword } from '../registration/password.ts'
import { changePassword } from '../sessions/change-password.ts'
import { findAccount } from './find-accounts.ts'

export interface NewCredentials {
  readonly did: string
  readonly handle: string
  readonly password: string
}

/**
 * Replaces a password without the old one, and ends every session and pending reset.
 *
 * @param typed if omitted, 100 random bits that can be read out over a telephone.
 * @throws {AccountNotFound} @throws {WrongAccountStatus} @throws {InvalidPassword}
 */
export async function setPassword(
  context: ServiceContext,
  account: string,
  typed: string | undefined,
): Promise<NewCredentials> {
  const { store, policy, hasher, random, clock } = context
  const { did, handle, email, status } = await findAccount(context, account)
  const refusal = () =>
    new WrongAccountStatus(
      `Only an active or a disabled account has a password; this one is ${status}`,
    )
  if (handle === null || email === null) throw refusal()
  const password = await checkPassword(typed ?? `${randomCode(random)}-${randomCode(random)}`, {
    handle,
    email,
    service: policy.serviceNames,
  })
  await checkBreached(password, policy.breachedPasswords)
  const passwordHash = await hasher.hash(password, null)

  await store.transaction(async (tx) => {
    const at = clock.now()
    const changed = await changePassword(tx, {
      did,
      passwordHash,
      changedAt: at,
      evenDisabled: true,
      reason: 'operator',
    })
    if (!changed) throw refusal()
    await cancelResets(tx, did)
    await tx.outbox.add('password-changed', did, at)
    await tx.audit.append({ event: 'password.set', actor: 'admin', did, at })
    await announce(context, tx, { kind: 'password-reset', did, at })
  })
  return { did, handle, password }
}
