import { announce } from '../changes/announce.ts'
import type { ServiceContext } from '../context.ts'
import { hmacCode, normalizeCode } from '../crypto/codes.ts'
import { ExpiredResetToken, InvalidResetToken } from '../errors.ts'
import { removeUnprovenKey } from '../identity/remove-recovery-key.ts'
import { type Caller, callerKey } from '../limits/caller.ts'
import { checkBreached, checkPassword } from '../registration/password.ts'
import { changePassword } from '../sessions/change-password.ts'
import type { FoundResetToken } from './reset-token-store.ts'

export interface ResetPasswordRequest {
  readonly token: string
  readonly password: string
}

/**
 * Changes a password with a mailed code, and ends every session of the account. The code also
 * confirms the address; an earlier recovery key is then removed from the DID.
 *
 * The code is checked first and used up last, by one conditional statement: a password that breaks
 * a rule does not use it up, and of several submissions one succeeds.
 *
 * @returns the DID of the account.
 * @throws {InvalidResetToken} @throws {ExpiredResetToken} @throws {InvalidPassword}
 */
export async function resetPassword(
  context: ServiceContext,
  request: ResetPasswordRequest,
  caller: Caller,
): Promise<string> {
  const { store, budgets, policy, hasher, clock } = context
  await budgets.spend(caller, (key) => [{ limit: 'reset', of: [key] }])
  const tokenHash = hmacCode(context.secrets.tokenHmacKey, normalizeCode(request.token))
  const token = await store.resetTokens.find(tokenHash)
  if (token === undefined || token.expiresAt <= clock.now()) throw refusal(token)
  const password = await checkPassword(request.password, {
    ...token,
    service: policy.serviceNames,
  })
  await checkBreached(password, policy.breachedPasswords)
  const passwordHash = await hasher.hash(password, callerKey(caller))

  const { did } = token
  await store.transaction(async (tx) => {
    const now = clock.now()
    const changed =
      (await changePassword(tx, { did, passwordHash, changedAt: now, reason: 'password-reset' })) &&
      (await tx.resetTokens.consume(tokenHash, now))
    // Another submission, a newer mail, a deletion or the expiry came first. The error rolls
    // everything back.
    if (!changed) throw refusal(await tx.resetTokens.find(tokenHash))
    await removeUnprovenKey(context, tx, { did, at: now })
    await tx.outbox.add('password-changed', did, now)
    await tx.audit.append({ event: 'password.reset', actor: 'owner', did, at: now })
    await announce(context, tx, { kind: 'password-reset', did, at: now })
  })
  return did
}

/** The refusal of an unusable token: one that still exists has expired. */
function refusal(token: FoundResetToken | undefined): InvalidResetToken | ExpiredResetToken {
  return token === undefined
    ? new InvalidResetToken('Token is invalid or was used before')
    : new ExpiredResetToken('Token has expired')
}
