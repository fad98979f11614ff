import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'

/** Undoes a deletion; false if the account is not deleted or its grace period has ended. */
export async function restoreInTransaction(
  context: ServiceContext,
  tx: Tx,
  did: string,
): Promise<boolean> {
  const at = await context.timeOf(tx)
  const restored = await tx.lifecycle.restore(did, at)
  if (restored === undefined) return false
  // The notice would announce a deletion that was undone.
  await tx.outbox.deleteFor(did)
  await tx.audit.append({ event: 'account.restored', actor: 'admin', did, at })
  await announce(context, tx, { kind: 'restored', did, handle: restored.handle, at })
  return true
}
