import { removeAppPasswords } from '../app-passwords/app-passwords.ts'
import { forgetCodes } from '../codes/mail-codes.ts'
import type { Tx } from '../context.ts'
import type { RevocationReason } from '../db/tables.ts'
import type { NewPassword } from './credential-store.ts'
import { endSessions } from './sessions.ts'

/**
 * Replaces the password of an account and ends its sessions. False, without changes, if the state
 * of the account does not allow it.
 */
export async function changePassword(
  tx: Tx,
  { reason, ...password }: NewPassword & { readonly reason: RevocationReason },
): Promise<boolean> {
  const { did, changedAt: at } = password
  // First, since it locks the account row, as in every transaction on an account.
  if (!(await tx.credentials.replace(password))) return false
  await endSessions(tx, { did, reason, at })
  await forgetCodes(tx, did)
  await removeAppPasswords(tx, did)
  return true
}
