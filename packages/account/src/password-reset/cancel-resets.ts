import type { Tx } from '../context.ts'

/** Ends every reset under way, and takes back the mails that wait for this account. */
export async function cancelResets(tx: Tx, did: string): Promise<void> {
  await tx.resetTokens.deleteFor(did)
  await tx.outbox.deleteFor(did)
}
