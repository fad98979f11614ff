import type { ServiceContext, Tx } from '../context.ts'
import { TemporarilyUnavailable } from '../errors.ts'
import type { DidData } from './operation.ts'
import { signUpdate } from './update-saga.ts'

/**
 * Changes a DID that no directory has yet: extends its local log, and {@link catchUp} publishes the
 * result once there is a directory.
 */
export async function changeLocally(
  context: ServiceContext,
  tx: Tx,
  { did, change }: { readonly did: string; readonly change: (data: DidData) => Partial<DidData> },
): Promise<void> {
  const log = await tx.didLogs.read(did)
  const head = log.findLast(({ isNullified }) => !isNullified)
  if (head === undefined) {
    throw new TemporarilyUnavailable('The identity has not been read yet; try again later', {
      retryAfterSeconds: 60,
      part: 'directory',
    })
  }
  const operation = await signUpdate(context, JSON.parse(head.operation), change)
  await tx.didLogs.replace(did, [...log, { operation, isNullified: false }])
}
