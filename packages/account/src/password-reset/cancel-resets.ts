import { forgetCodes } from '../codes/mail-codes.ts'
import type { Tx } from '../context.ts'

/** Ends every reset under way and every code from a mail, and takes back the mails that wait for this account. */
export async function cancelResets(tx: Tx, did: string): Promise<void> {
  await tx.resetTokens.deleteFor(did)
  await forgetCodes(tx, did)
  await tx.outbox.deleteFor(did)
}
