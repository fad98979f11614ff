import type { Tx } from '../context.ts'

/** Queues what a DID went through before its first operation was published. */
export async function catchUp(
  tx: Tx,
  { did, at }: { readonly did: string; readonly at: Date },
): Promise<void> {
  const log = await tx.didLogs.read(did)
  const account = log.length > 1 ? await tx.accounts.findProfile(did) : undefined
  if (account === undefined) return
  await tx.didUpdates.insert({ did, kind: 'handle', subject: account.handle, dueAt: at })
}
