import { forgetCodes } from '../codes/mail-codes.ts'
import type { Tx } from '../context.ts'

/** Ends every pending reset and mailed code of an account, and removes its queued mails. */
export async function cancelResets(tx: Tx, did: string): Promise<void> {
  await tx.resetTokens.deleteFor(did)
  await forgetCodes(tx, did)
  await tx.outbox.deleteFor(did)
}
