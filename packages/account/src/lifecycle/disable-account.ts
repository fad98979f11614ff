import type { ServiceContext, Tx } from '../context.ts'
import { cancelResets } from '../password-reset/cancel-resets.ts'
import { endSessions } from '../sessions/sessions.ts'

/** False if the account is not active. */
export async function disableInTransaction(
  { clock }: ServiceContext,
  tx: Tx,
  did: string,
): Promise<boolean> {
  const at = clock.now()
  if (!(await tx.lifecycle.disable(did, at))) return false
  await endSessions(tx, { did, reason: 'account-disabled', at })
  // A way in that its owner asked for before.
  await cancelResets(tx, did)
  await tx.audit.append({ event: 'account.disabled', actor: 'admin', did, at })
  return true
}

/** False if the account is not disabled. */
export async function enableInTransaction(
  { clock }: ServiceContext,
  tx: Tx,
  did: string,
): Promise<boolean> {
  if (!(await tx.lifecycle.enable(did))) return false
  await tx.audit.append({ event: 'account.enabled', actor: 'admin', did, at: clock.now() })
  return true
}
