import type { Tx } from '../context.ts'
import { claimedHandle, readOperation } from './operation.ts'

/** Queues the changes made to a DID before its first operation was published. */
export async function catchUp(
  tx: Tx,
  { did, at }: { readonly did: string; readonly at: Date },
): Promise<void> {
  const states = (await tx.didLogs.read(did)).map(({ operation }) =>
    readOperation(JSON.parse(operation)),
  )
  const [first, last] = [states[0], states.at(-1)]
  if (first === undefined || last === undefined) return
  const handle = claimedHandle(last)
  const key = last.verificationMethods.atproto
  if (handle !== undefined && handle !== claimedHandle(first)) {
    await tx.didUpdates.insert({ did, kind: 'handle', subject: handle, dueAt: at })
  }
  if (key !== undefined && key !== first.verificationMethods.atproto) {
    await tx.didUpdates.insert({ did, kind: 'signing-key', subject: key, dueAt: at })
  }
}
