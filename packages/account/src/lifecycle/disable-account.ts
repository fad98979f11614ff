import { removeAppPasswords } from '../app-passwords/app-passwords.ts'
import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'
import { cancelResets } from '../password-reset/cancel-resets.ts'
import { endSessions } from '../sessions/sessions.ts'

/**
 * @param takedown.ref the operator's reference.
 * @returns false if the state of the account does not allow it.
 */
export async function disableInTransaction(
  context: ServiceContext,
  tx: Tx,
  { did, ref = null }: { readonly did: string; readonly ref?: string | null },
): Promise<boolean> {
  const at = context.clock.now()
  if (!(await tx.lifecycle.disable({ did, at, ref }))) return false
  await endSessions(tx, { did, reason: 'account-disabled', at })
  // Pending resets would let the owner back in.
  await cancelResets(tx, did)
  await removeAppPasswords(tx, did)
  await tx.audit.append({ event: 'account.disabled', actor: 'admin', did, at })
  await announce(context, tx, { kind: 'disabled', did, at, ...(ref !== null && { ref }) })
  return true
}

/** False if the account is not disabled. */
export async function enableInTransaction(
  context: ServiceContext,
  tx: Tx,
  did: string,
): Promise<boolean> {
  if (!(await tx.lifecycle.enable(did))) return false
  const at = context.clock.now()
  await tx.audit.append({ event: 'account.enabled', actor: 'admin', did, at })
  await announce(context, tx, { kind: 'enabled', did, at })
  return true
}
